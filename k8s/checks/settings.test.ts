import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { configSchema, laneLayout, readConfig } from '../../src/serving/config.ts';
import { tuningPath } from '../../src/serving/tuning/tuning-file.ts';
import { type Manifest, render } from './kustomize.ts';
import { bytesOf, containerOf, podOf, processorsOf } from './pod.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const overlay = (name: string) => render(path.join(root, 'k8s/overlays', name));
const ofKind = (manifests: readonly Manifest[], kind: string) =>
  manifests.find((manifest) => manifest.kind === kind) as Manifest;

/** Megabytes of a lane: runtime, weights and activations of a full-size generator. */
const laneBytes = 512 * 2 ** 20;
/** Pictures decoded at once: libuv's threads. */
const decoders = 4;
const decodedBytesPerPixel = 3;

const overlays = ['cpu', 'gpu', 'hpa-prometheus-adapter', 'keda'].map((name) => {
  const manifests = overlay(name);
  const variables = ofKind(manifests, 'ConfigMap').data as Record<string, string>;
  const pod = podOf(ofKind(manifests, 'Deployment'));
  return { name, manifests, variables, config: readConfig(variables), pod, container: containerOf(pod) };
});

describe.each(overlays)('overlay $name', ({ manifests, variables, config, pod, container }) => {
  it('sets only variables that the service has', () => {
    expect(Object.keys(variables).filter((name) => !(name in configSchema.shape))).toEqual([]);
  });

  it('listens where the cluster looks', () => {
    expect(config.HOST).toBe('0.0.0.0');
    expect(container.ports).toEqual([{ name: 'http', containerPort: config.PORT }]);
    const { ports } = ofKind(manifests, 'Service').spec as { ports: { targetPort: string }[] };
    expect(ports.map(({ targetPort }) => targetPort)).toEqual(['http']);
  });

  it('asks the routes that say what each probe means', () => {
    const { startupProbe, readinessProbe, livenessProbe } = container;
    expect(startupProbe.httpGet).toEqual({ path: '/readyz', port: 'http' });
    expect(readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'http' });
    expect(livenessProbe.httpGet).toEqual({ path: '/livez', port: 'http' });
  });

  it('fails readiness long enough before requests are refused for the probe to see it', () => {
    const { periodSeconds, timeoutSeconds, failureThreshold } = container.readinessProbe;
    expect(config.DRAIN_MS / 1000).toBeGreaterThan(periodSeconds * failureThreshold + timeoutSeconds);
  });

  it('grants the time that a graceful end may take, and little more', () => {
    const graceful =
      container.lifecycle.preStop.sleep.seconds + (config.DRAIN_MS + config.STOP_TIMEOUT_MS) / 1000;
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(graceful + 5);
    expect(pod.terminationGracePeriodSeconds).toBeLessThanOrEqual(graceful + 15);
  });

  it('requests what it is limited to, in whole processors, and runs no more threads than that', () => {
    const { requests, limits } = container.resources;
    expect(requests).toEqual(limits);
    const processors = processorsOf(limits.cpu as string);
    expect(Number.isInteger(processors)).toBe(true);
    const { lanes, threadsPerLane } = laneLayout(config, processors);
    expect(lanes * threadsPerLane).toBeLessThanOrEqual(processors);
  });

  it('has memory for every body, every decoder and every lane at once', () => {
    const { lanes } = laneLayout(config, processorsOf(container.resources.limits.cpu as string));
    const bodies = config.MAX_CONCURRENT_UPLOADS * config.MAX_UPLOAD_BYTES;
    const decoded = decoders * config.MAX_PIXELS * decodedBytesPerPixel;
    const needed = bodies + decoded + lanes * laneBytes;
    expect(bytesOf(container.resources.limits.memory as string)).toBeGreaterThan(needed);
  });

  it('may write to /tmp and nowhere else, as nobody in particular', () => {
    expect(container.securityContext).toMatchObject({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.volumeMounts.filter(({ readOnly }) => readOnly !== true)).toEqual([
      { name: 'tmp', mountPath: '/tmp' },
    ]);
    expect(pod.automountServiceAccountToken).toBe(false);
  });

  it('keeps results of jobs where it may write, in half of the room there', () => {
    expect(config.JOBS_DIR).toBe('/tmp/jobs');
    const tmp = pod.volumes.find(({ name }) => name === 'tmp');
    expect(config.JOBS_MAX_BYTES).toBeLessThanOrEqual(bytesOf(tmp?.emptyDir?.sizeLimit as string) / 2);
  });

  it('runs the image of this version, from Dockerfile', () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(container.image.split(':')[1]).toBe(config.PROVIDER === 'cuda' ? `${version}-cuda` : version);
    const dockerfile = readFileSync(path.join(root, 'Dockerfile'), 'utf8');
    const users = [...dockerfile.matchAll(/^USER (\d+):(\d+)$/gm)].map(([, user, group]) => [user, group]);
    const { runAsUser, runAsGroup } = pod.securityContext;
    expect(users).toEqual([
      [String(runAsUser), String(runAsGroup)],
      [String(runAsUser), String(runAsGroup)],
    ]);
    expect(dockerfile).toContain(`MODELS_DIR=${config.MODELS_DIR} `);
  });

  it('takes a GPU exactly when it is to compute on one', () => {
    const gpus = container.resources.limits['nvidia.com/gpu'];
    expect([config.PROVIDER, gpus]).toEqual(config.PROVIDER === 'cuda' ? ['cuda', 1] : ['cpu', undefined]);
    if (config.PROVIDER === 'cuda') expect(config.LANES).toBe(1);
  });

  it('selects its own pods', () => {
    const labels = (ofKind(manifests, 'Deployment').spec as { template: { metadata: { labels: unknown } } })
      .template.metadata.labels;
    const { selector } = ofKind(manifests, 'Service').spec as { selector: unknown };
    const { podSelector } = ofKind(manifests, 'NetworkPolicy').spec as {
      podSelector: { matchLabels: unknown };
    };
    const budget = ofKind(manifests, 'PodDisruptionBudget').spec as { selector: { matchLabels: unknown } };
    expect([selector, podSelector.matchLabels, budget.selector.matchLabels]).toEqual([
      labels,
      labels,
      labels,
    ]);
  });
});

describe('the component admin', () => {
  const folder = (name: string) => path.join(root, 'k8s', name);
  const manifests = render(folder('overlays/cpu'), [folder('components/admin')]);
  const config = readConfig(ofKind(manifests, 'ConfigMap').data as Record<string, string>);

  it('opens a port of its own, to the pod alone', () => {
    expect(config.ADMIN_PORT).not.toBe(config.PORT);
    expect(config.ADMIN_HOST).toBe('127.0.0.1');
    const { ports } = containerOf(podOf(ofKind(manifests, 'Deployment')));
    expect(ports.map(({ containerPort }) => containerPort)).toEqual([config.PORT]);
  });

  it('finds its key in the Secret that is mounted', () => {
    const { volumeMounts } = containerOf(podOf(ofKind(manifests, 'Deployment')));
    const [mount] = volumeMounts.filter(({ mountPath }) => config.ADMIN_KEY_FILE === `${mountPath}/key`);
    expect(mount?.readOnly).toBe(true);
  });
});

describe('the measurements of unpaired tune', () => {
  const folder = (name: string) => path.join(root, 'k8s', name);
  const withComponents = (...names: string[]) => {
    const manifests = render(folder('overlays/cpu'), names.map(folder));
    const config = readConfig(ofKind(manifests, 'ConfigMap').data as Record<string, string>);
    return { file: tuningPath(config), pod: podOf(ofKind(manifests, 'Deployment')) };
  };

  it('are read from the volume of the models, which cannot be written to', () => {
    const { file, pod } = withComponents('components/models-volume');
    const [mount] = containerOf(pod).volumeMounts.filter(
      ({ mountPath }) => file === `${mountPath}/tuning.json`,
    );
    expect(mount).toMatchObject({ name: 'models', readOnly: true });
  });

  it('are read from a ConfigMap, which need not be there, with or without that volume', () => {
    for (const others of [[], ['components/models-volume']]) {
      const { file, pod } = withComponents('components/tuning', ...others);
      const [mount] = containerOf(pod).volumeMounts.filter(
        ({ mountPath }) => file === `${mountPath}/tuning.json`,
      );
      expect(pod.volumes.find(({ name }) => name === mount?.name)).toEqual({
        name: 'tuning',
        configMap: { name: 'unpaired-tuning', optional: true },
      });
    }
  });
});

describe('the KServe runtime', () => {
  const runtime = render(path.join(root, 'k8s/kserve'));
  const spec = ofKind(runtime, 'ServingRuntime').spec as { containers: [ReturnType<typeof containerOf>] };
  const [container] = spec.containers;

  it('sets variables that the service takes', () => {
    const variables = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
    expect(Object.keys(variables).filter((name) => !(name in configSchema.shape))).toEqual([]);
    expect(readConfig(variables).MODELS_DIR).toBe('/mnt/models');
  });

  it('is probed where the service listens', () => {
    const { PORT } = readConfig({});
    expect(container.ports.map(({ containerPort }) => containerPort)).toEqual([PORT]);
    expect(container.startupProbe.httpGet).toEqual({ path: '/readyz', port: PORT });
    expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: PORT });
    expect(container.livenessProbe.httpGet).toEqual({ path: '/livez', port: PORT });
  });

  it('is the one that the example asks for', () => {
    const { predictor } = ofKind(runtime, 'InferenceService').spec as {
      predictor: { model: { runtime: string; modelFormat: { name: string }; protocolVersion: string } };
    };
    const served = ofKind(runtime, 'ServingRuntime') as Manifest & {
      spec: { supportedModelFormats: { name: string }[]; protocolVersions: string[] };
    };
    expect(predictor.model.runtime).toBe(served.metadata.name);
    expect(served.spec.supportedModelFormats.map(({ name }) => name)).toContain(
      predictor.model.modelFormat.name,
    );
    expect(served.spec.protocolVersions).toContain(predictor.model.protocolVersion);
  });
});
