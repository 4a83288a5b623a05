import { plot } from './chart.ts';

/**
 * The page's only script: pointing at a chart shows the values of that step in all charts, since they share their axis.
 * Without it the page shows the last values.
 */
export const hoverScript = `
const charts = [...document.querySelectorAll('.chart')].map((figure) => {
  const svg = figure.querySelector('svg');
  const [left, right, high] = svg.dataset.scale.split(' ').map(Number);
  const curves = [...svg.querySelectorAll('[data-points]')].map((path) =>
    path.dataset.points.split(',').map((point) => point.split(' ')));
  const outputs = [...figure.querySelectorAll('output')];
  const last = outputs.map((output) => output.textContent);
  return { svg, left, right, high, curves, outputs, last, pointer: svg.querySelector('.pointer') };
});
function show(step) {
  for (const { left, right, high, curves, outputs, pointer } of charts) {
    let place = 0;
    curves.forEach((points, index) => {
      const near = points.reduce((best, point) =>
        Math.abs(point[0] - step) < Math.abs(best[0] - step) ? point : best);
      if (near.length < 2) return;
      place = Number(near[0]);
      outputs[index].textContent = near[1] + ' at ' + Number(near[0]).toLocaleString('en-US');
    });
    pointer.setAttribute('d', 'M' + (left + (right - left) * place / high) + ' ${plot.y}V${plot.bottom}');
  }
}
function reset() {
  for (const { outputs, last, pointer } of charts) {
    pointer.setAttribute('d', '');
    outputs.forEach((output, index) => { output.textContent = last[index]; });
  }
}
for (const { svg, left, right, high } of charts) {
  svg.addEventListener('pointermove', ({ clientX }) => {
    const box = svg.getBoundingClientRect();
    show(((clientX - box.left) * ${plot.width} / box.width - left) / (right - left) * high);
  });
  svg.addEventListener('pointerleave', reset);
}
`;
