/** The page's style: light or dark as the reader's system is, one column on a phone, no page break inside a figure. */
export const style = `
:root { color-scheme: light dark; --page: #fbfaf8; --card: #fff; --text: #1c1b19; --quiet: #66625b; --rule: #e4e0d9;
  --s0: #1f5fbf; --s1: #b3541e; --s2: #2f7d4f; --s3: #8a3fa0; --good: #2f7d4f; --bad: #b3261e; --busy: #1f5fbf; }
@media screen and (prefers-color-scheme: dark) {
  :root { --page: #161514; --card: #1f1e1c; --text: #ece9e3; --quiet: #a39d93; --rule: #36332f;
    --s0: #7fb0ff; --s1: #f0a070; --s2: #7fd0a0; --s3: #d79bea; --good: #7fd0a0; --bad: #ff8f86; --busy: #7fb0ff; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem clamp(1rem, 4vw, 3rem) 4rem; max-width: 76rem; background: var(--page);
  color: var(--text); font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif;
  overflow-wrap: break-word; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .75rem; letter-spacing: -.01em; }
h2 { font-size: 1.15rem; margin: 2.75rem 0 .5rem; }
h3 { font-size: .95rem; margin: 1.5rem 0 .25rem; }
p { margin: .25rem 0 .75rem; max-width: 70ch; }
.note { color: var(--quiet); font-size: .87rem; }
.state { font-size: .8rem; font-weight: 600; letter-spacing: .02em; vertical-align: .3em; padding: .15em .6em;
  border: 1px solid currentColor; border-radius: 1em; color: var(--quiet); white-space: nowrap; }
.running { color: var(--busy); } .finished { color: var(--good); } .diverged, .failed, .reason { color: var(--bad); }
progress { display: block; width: 100%; height: .4rem; margin: 1rem 0; border: 0; border-radius: 1rem; overflow: hidden;
  appearance: none; background: var(--rule); }
progress::-webkit-progress-bar { background: var(--rule); }
progress::-webkit-progress-value { background: var(--s0); }
progress::-moz-progress-bar { background: var(--s0); }
dl { display: flex; flex-wrap: wrap; gap: .75rem 2.5rem; margin: 0 0 .75rem; }
dt { color: var(--quiet); font-size: .8rem; }
dd { margin: 0; font-variant-numeric: tabular-nums; font-weight: 600; }
figure { margin: 0; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); gap: 1rem; }
.chart { background: var(--card); border: 1px solid var(--rule); border-radius: .5rem; padding: .6rem .6rem .3rem; }
.chart figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; padding: 0 .3rem;
  font-size: .87rem; }
.readouts { display: flex; flex-wrap: wrap; gap: 0 1rem; color: var(--quiet); font-variant-numeric: tabular-nums; }
.key { display: inline-block; width: .8em; height: .2em; margin-right: .3em; vertical-align: .25em; background: currentColor; }
.chart > svg { display: block; width: 100%; height: auto; } svg svg { overflow: hidden; }
svg text { font-size: 10.5px; fill: var(--quiet); font-variant-numeric: tabular-nums; }
svg path { fill: none; }
.s0 { color: var(--s0); } .s1 { color: var(--s1); } .s2 { color: var(--s2); } .s3 { color: var(--s3); }
.grid { stroke: var(--rule); } .axis { stroke: var(--quiet); }
.raw { stroke: currentColor; opacity: .3; stroke-linejoin: round; stroke-linecap: round; }
.line { stroke: currentColor; stroke-width: 1.75; stroke-linejoin: round; stroke-linecap: round; }
.resumed { stroke: var(--quiet); stroke-dasharray: 2 3; } .pointer { stroke: var(--text); opacity: .6; }
.newest { max-width: 36rem; margin-bottom: .75rem; }
.previews { display: grid; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); gap: .75rem 1rem; align-items: start; }
.newest img, .previews img { display: block; width: 100%; height: auto; border-radius: .25rem; background: #fff; }
.newest figcaption, .previews figcaption { font-size: .87rem; color: var(--quiet); padding: .25rem 0; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; } .sittings td, .sittings th { white-space: nowrap; }
@media (min-width: 60rem) { .facts { display: grid; grid-template-columns: 1fr 1fr; gap: 0 3rem; align-items: start; } }
table { border-collapse: collapse; font-size: .87rem; margin: .25rem 0 .75rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem 1.5rem .3rem 0; border-bottom: 1px solid var(--rule);
  font-variant-numeric: tabular-nums; }
thead th { color: var(--quiet); font-weight: 400; } tbody th { font-weight: 400; }
tbody th, .numbers td { white-space: nowrap; }
.numbers td, .numbers thead th + th { text-align: right; }
code { font: .93em ui-monospace, SFMono-Regular, Menlo, 'Liberation Mono', monospace; }
summary { cursor: pointer; color: var(--quiet); font-size: .87rem; padding: .5rem 0; }
summary:focus-visible { outline: 2px solid var(--busy); outline-offset: 2px; }
footer { margin-top: 3rem; color: var(--quiet); font-size: .87rem; }
@media (max-width: 40rem) {
  body { padding-top: 1.25rem; }
  .facts tbody th { white-space: normal; } dl { gap: .5rem 1.5rem; }
}
@media print {
  :root { color-scheme: light; } body { max-width: none; padding: 0; font-size: 10pt; }
  .chart, figure, tr { break-inside: avoid; } .newest { max-width: 11cm; } h2, h3 { break-after: avoid; }
  .charts { grid-template-columns: repeat(2, 1fr); } .previews { grid-template-columns: repeat(5, 1fr); } progress { print-color-adjust: exact; }
}
`;
