#!/usr/bin/env node
import { run } from "./lib/run.js";

// Whoever reads has had enough: `redis-keyspace list … | head`.
process.stdout.on("error", () => process.exit());

process.exitCode = await run(process.argv);
