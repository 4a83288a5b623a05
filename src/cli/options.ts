import { Option } from 'commander';

/** `--provider`: what runs the networks. */
export function providerOption(): Option {
  return new Option('--provider <name>', 'what runs the networks')
    .choices(['auto', 'cpu', 'cuda', 'webgpu'])
    .default('cpu');
}
