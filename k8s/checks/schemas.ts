import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import {
  PrometheusRule,
  ServiceMonitor,
} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { Deployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import {
  ConfigMap,
  Namespace,
  PersistentVolumeClaim,
  Pod,
  Service,
  ServiceAccount,
} from 'kubernetes-models/v1';
import { z } from 'zod';
import type { Manifest } from './kustomize.ts';

/** What the packages' classes have in common; `validate` throws at the first fault. */
interface Model {
  validate(): void;
}

const models: Readonly<Record<string, new () => Model>> = {
  'apps/v1 Deployment': Deployment,
  'autoscaling/v2 HorizontalPodAutoscaler': HorizontalPodAutoscaler,
  'keda.sh/v1alpha1 ScaledObject': ScaledObject,
  'monitoring.coreos.com/v1 PrometheusRule': PrometheusRule,
  'monitoring.coreos.com/v1 ServiceMonitor': ServiceMonitor,
  'networking.k8s.io/v1 NetworkPolicy': NetworkPolicy,
  'policy/v1 PodDisruptionBudget': PodDisruptionBudget,
  'v1 ConfigMap': ConfigMap,
  'v1 Namespace': Namespace,
  'v1 PersistentVolumeClaim': PersistentVolumeClaim,
  'v1 Pod': Pod,
  'v1 Service': Service,
  'v1 ServiceAccount': ServiceAccount,
};

const named = z.strictObject({ name: z.string(), namespace: z.string().optional() });
const modelFormat = { name: z.string(), version: z.string() };

/** The part of KServe's resources that the example uses: no npm package has their schemas. */
const kserve: Readonly<Record<string, z.ZodType>> = {
  'serving.kserve.io/v1alpha1 ServingRuntime': z.strictObject({
    apiVersion: z.string(),
    kind: z.string(),
    metadata: named,
    spec: z.strictObject({
      supportedModelFormats: z.array(z.strictObject({ ...modelFormat, autoSelect: z.boolean() })).min(1),
      protocolVersions: z.array(z.enum(['v1', 'v2', 'grpc-v1', 'grpc-v2'])),
      // Checked as those of a pod.
      containers: z.array(z.unknown()).length(1),
      volumes: z.array(z.unknown()),
    }),
  }),
  'serving.kserve.io/v1beta1 InferenceService': z.strictObject({
    apiVersion: z.string(),
    kind: z.string(),
    metadata: named,
    spec: z.strictObject({
      predictor: z.strictObject({
        minReplicas: z.int().min(0),
        maxReplicas: z.int().min(1),
        scaleMetric: z.enum(['concurrency', 'rps', 'cpu', 'memory']),
        scaleTarget: z.int().min(1),
        model: z.strictObject({
          modelFormat: z.strictObject(modelFormat),
          protocolVersion: z.enum(['v1', 'v2', 'grpc-v1', 'grpc-v2']),
          runtime: z.string(),
          storageUri: z.string().regex(/^(?:pvc|s3|gs|https?|oci|hf):\/\//),
        }),
      }),
    }),
  }),
};

/**
 * What is wrong with a manifest by the schema of its kind: values that the schema refuses, and fields that it does not
 * have, which a cluster would refuse or, worse, drop. Empty when all is well.
 */
export function faults(manifest: Manifest): string[] {
  const kind = `${manifest.apiVersion} ${manifest.kind}`;
  const example = kserve[kind];
  if (example !== undefined) return [...zodFaults(example, manifest), ...podFaults(manifest)];
  const model = models[kind];
  return model === undefined ? [`no schema for ${kind}`] : modelFaults(model, manifest);
}

function zodFaults(schema: z.ZodType, manifest: Manifest): string[] {
  const { error } = schema.safeParse(manifest);
  return (error?.issues ?? []).map(({ path, message }) => `/${path.join('/')}: ${message}`);
}

function podFaults({ metadata, spec }: Manifest): string[] {
  const { containers, volumes } = spec as { containers?: unknown; volumes?: unknown };
  if (containers === undefined) return [];
  return modelFaults(Pod, { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers, volumes } });
}

/**
 * Kubernetes' schemas do not forbid unknown fields. But the compiled schema of the package reads every field that it
 * knows, so that a field which validation never read is one that the schema does not have.
 */
function modelFaults(Model: new () => Model, manifest: Manifest): string[] {
  const unread = new Set<string>();
  const model = new Model();
  Object.assign(model, watched(manifest, '', unread));
  try {
    model.validate();
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
  return [...unread].map((path) => `${path}: the schema has no such field`);
}

/** A stand-in for a value that crosses out of `unread` each field that is read. */
function watched(value: unknown, path: string, unread: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const place = (key: string) => `${path}/${key}`;
  // The top level is copied into the model, which reads it: only what is below is watched.
  if (path !== '') for (const key of Object.keys(value)) unread.add(place(key));
  return new Proxy(value, {
    get(target, key) {
      const field: unknown = Reflect.get(target, key);
      if (typeof key !== 'string' || !Object.hasOwn(target, key)) return field;
      unread.delete(place(key));
      return watched(field, place(key), unread);
    },
  });
}
