/** Light or dark as the reader's system is; one column on a phone. */
export const style = `
:root { color-scheme: light dark; --page: #fbfaf8; --card: #fff; --text: #1c1b19; --quiet: #66625b; --rule: #e4e0d9;
  --c0: #1f5fbf; --c1: #c0561a; --c2: #2f7d4f; --c3: #8a3fa0; --c4: #8a7a00; --c5: #0f8a9d; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --page: #161514; --card: #1f1e1c; --text: #ece9e3; --quiet: #a39d93; --rule: #36332f;
    --c0: #7fb0ff; --c1: #f0a070; --c2: #7fd0a0; --c3: #d79bea; --c4: #d8c860; --c5: #6fd3e3; --bad: #ff8f86; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem clamp(1rem, 4vw, 3rem) 4rem; max-width: 76rem; background: var(--page);
  color: var(--text); font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif; }
h1 { font-size: 1.4rem; line-height: 1.25; margin: 0 0 .5rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p, li { max-width: 90ch; } .quiet { color: var(--quiet); } .broken { color: var(--bad); }
dl { display: flex; flex-wrap: wrap; gap: .75rem 2.5rem; } dt { color: var(--quiet); font-size: .8rem; }
dd { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem; }
.chart { margin: 0; background: var(--card); border: 1px solid var(--rule); border-radius: .5rem; padding: .6rem; }
.wide { grid-column: 1 / -1; }
figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; font-size: .87rem; padding: 0 .3rem .3rem; }
.key { color: var(--quiet); margin-left: .8em; white-space: nowrap; }
.key i { display: inline-block; width: 1em; height: .2em; margin-right: .35em; vertical-align: .25em; background: var(--c); }
.block i { height: .75em; vertical-align: -.05em; }
svg { display: block; width: 100%; height: auto; } svg path { fill: none; }
svg text { font-size: 11px; fill: var(--quiet); font-variant-numeric: tabular-nums; } .large text { font-size: 17px; }
.line { stroke: var(--c); stroke-width: 1.75; stroke-linejoin: round; stroke-linecap: round; } .fill { fill: var(--c); }
.fill.again, .again i { opacity: .45; }
.grid { stroke: var(--rule); } .axis { stroke: var(--quiet); } .limit { stroke: var(--bad); stroke-dasharray: 4 3; }
.c0 { --c: var(--c0); } .c1 { --c: var(--c1); } .c2 { --c: var(--c2); } .c3 { --c: var(--c3); } .c4 { --c: var(--c4); } .c5 { --c: var(--c5); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .87rem; }
th, td { text-align: right; padding: .3rem 0 .3rem 1.5rem; border-bottom: 1px solid var(--rule); white-space: nowrap; font-variant-numeric: tabular-nums; }
th { font-weight: 400; } th:first-child { text-align: left; padding-left: 0; } thead th { color: var(--quiet); }
@media print { :root { color-scheme: light; } .chart, tr { break-inside: avoid; } body { padding: 0; } }
`;
