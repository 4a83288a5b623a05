import { runOracles } from './oracles.ts';

process.exitCode = await runOracles(process.argv.slice(2), (line) => console.log(line));
