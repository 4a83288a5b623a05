/**
 * The load test for those who have k6: k6 run -e RATE=20 -e DURATION=30s loadtest/k6.js
 *
 * Environment: BASE_URL, PERMITTED_HOST, MODELS (horse2zebra:3,other:1), PICTURE (a file), ANSWER (png), and
 * RATE (requests a second, open loop), CLIENTS (closed loop) or RAMP (1..50, rising over DURATION); DURATION (10s),
 * OBJECTIVE (ms for p99), FAILURES (share), API_KEY_HEADER (name:value).
 */
import { check, fail } from 'k6';
import http from 'k6/http';
import { Counter, Trend } from 'k6/metrics';

const {
  BASE_URL = 'http://127.0.0.1:8080',
  PERMITTED_HOST = '',
  MODELS = 'horse2zebra',
  PICTURE = './pictures/horse.jpg',
  ANSWER = 'png',
  RATE,
  CLIENTS,
  RAMP,
  DURATION = '10s',
  OBJECTIVE = '1000',
  FAILURES = '0.01',
  API_KEY_HEADER = '',
} = __ENV;

const picture = open(PICTURE, 'b');
const mediaTypes = { jpg: 'image/jpeg', jpeg: 'image/jpeg', png: 'image/png', webp: 'image/webp' };
const mediaType = mediaTypes[PICTURE.split('.').pop().toLowerCase()] ?? 'image/jpeg';
const models = MODELS.split(',').map((part) => {
  const [name, weight = '1'] = part.split(':');
  return { name, weight: Number(weight) };
});
const stageNames = ['decode', 'preprocess', 'queue', 'run', 'postprocess', 'encode'];
const stages = Object.fromEntries(stageNames.map((name) => [name, new Trend(`stage_${name}`, true)]));
const answered = new Trend('answered_duration', true);
const outcomes = new Counter('outcomes');

export const options = {
  scenarios: { load: scenario() },
  thresholds: {
    // k6 measures from sending; when it drops iterations, it could not send what was due.
    answered_duration: [`p(99)<=${OBJECTIVE}`],
    http_req_failed: [`rate<=${FAILURES}`],
    dropped_iterations: ['count==0'],
  },
};

function scenario() {
  if (CLIENTS !== undefined) {
    return { executor: 'constant-vus', vus: Number(CLIENTS), duration: DURATION };
  }
  const open = { timeUnit: '1s', preAllocatedVUs: 50, maxVUs: 1000 };
  if (RAMP !== undefined) {
    const [from, to] = RAMP.split('..').map(Number);
    return {
      ...open,
      executor: 'ramping-arrival-rate',
      startRate: from,
      stages: [{ target: to, duration: DURATION }],
    };
  }
  return { ...open, executor: 'constant-arrival-rate', rate: Number(RATE ?? 10), duration: DURATION };
}

/** A load test at someone else's host is an attack: any but this machine must be named a second time. */
export function setup() {
  const host = /^https?:\/\/(\[[^\]]+\]|[^/:@]+)/.exec(BASE_URL)?.[1];
  const own = host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host ?? '');
  if (!own && host !== PERMITTED_HOST) fail(`if you may load ${host}, add -e PERMITTED_HOST=${host}`);
}

export default function () {
  const colon = API_KEY_HEADER.indexOf(':');
  const key = colon > 0 ? { [API_KEY_HEADER.slice(0, colon)]: API_KEY_HEADER.slice(colon + 1).trim() } : {};
  const url = `${BASE_URL}/translate/${encodeURIComponent(drawModel())}?format=${ANSWER}`;
  const answer = http.post(url, picture, { headers: { 'content-type': mediaType, ...key } });
  outcomes.add(1, { outcome: outcomeOf(answer) });
  if (!check(answer, { 'is a picture': ({ status }) => status === 200 })) return;
  answered.add(answer.timings.duration);
  for (const [, stage, time] of (answer.headers['Server-Timing'] ?? '').matchAll(/([\w-]+);dur=([\d.]+)/g)) {
    stages[stage]?.add(Number(time));
  }
}

function drawModel() {
  let left = Math.random() * models.reduce((sum, { weight }) => sum + weight, 0);
  for (const { name, weight } of models) {
    left -= weight;
    if (left < 0) return name;
  }
  return models[models.length - 1].name;
}

function outcomeOf({ status, headers, body }) {
  if (status === 200 || !(headers['Content-Type'] ?? '').startsWith('application/problem+json'))
    return `${status}`;
  return `${status} ${/"code"\s*:\s*"([A-Z_]+)"/.exec(body)?.[1] ?? ''}`;
}
