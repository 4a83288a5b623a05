# syntax=docker/dockerfile:1

# The service and nothing else: no compiler, no training code, no npm.
#
#   docker build --target cpu  -t unpaired:0.1.0 .
#   docker build --target cuda -t unpaired:0.1.0-cuda .
#   docker run --rm -p 8080:8080 --read-only --tmpfs /tmp unpaired:0.1.0
#
# Debian and Ubuntu, not Alpine: ONNX Runtime is built for glibc only.
ARG NODE_IMAGE=node:24-bookworm-slim
# onnxruntime-node's CUDA library is built for CUDA 12 and cuDNN 9 (its install step knows no other).
ARG CUDA_IMAGE=nvidia/cuda:12.9.1-cudnn-runtime-ubuntu24.04

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
# Nothing that is needed here has an install step; onnxruntime-node's would download 300 MB of CUDA.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build
# Training stays behind: serving shares no line with it.
RUN rm -r dist/training dist/autodiff dist/nn dist/onnx dist/evaluation dist/oracles

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund
# The package holds ONNX Runtime for every system; this image is one of them.
RUN find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 ! -path "*/linux/$(node -p process.arch)" -exec rm -r {} +

FROM dependencies AS cuda-dependencies
RUN ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js
# TensorRT is never asked for.
RUN rm node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime_providers_tensorrt.so

FROM ${NODE_IMAGE} AS cpu
# Folder of model packages that goes into the image; `models` or one whose name begins with `models-`.
ARG MODELS=models
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /build/dist dist
COPY package.json LICENSE ./
COPY ${MODELS} /models
# HOST and MODELS_DIR are where a container differs from a checkout; everything else keeps the service's defaults.
# MALLOC_ARENA_MAX: glibc gives every thread an arena of its own and returns little of it; two keep memory flat while
# pictures of all sizes come and go. Not jemalloc: ONNX Runtime has its own arena, and what is left gains nothing.
# ORT_DISABLE_TELEMETRY: without it ONNX Runtime keeps a device id in the home folder and reports to its maker.
ENV NODE_ENV=production HOST=0.0.0.0 MODELS_DIR=/models PROVIDER=cpu MALLOC_ARENA_MAX=2 ORT_DISABLE_TELEMETRY=1
# A number, so that Kubernetes can see that it is not root. No file belongs to it: the service writes none.
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
# For docker alone (Kubernetes has probes of its own): alive, not ready, since docker would restart what is loading.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8080}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1 and needs no init: it handles SIGTERM, and reaps its lanes, which have no children.
ENTRYPOINT ["node", "dist/cli/main.js", "serve"]

FROM ${CUDA_IMAGE} AS cuda
ARG MODELS=models
WORKDIR /app
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=cuda-dependencies /app/node_modules node_modules
COPY --from=build /build/dist dist
COPY package.json LICENSE ./
COPY ${MODELS} /models
# An explicit provider: without a GPU the service says so and ends, instead of computing on the processor.
ENV NODE_ENV=production HOST=0.0.0.0 MODELS_DIR=/models PROVIDER=cuda MALLOC_ARENA_MAX=2 ORT_DISABLE_TELEMETRY=1
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8080}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/cli/main.js", "serve"]
