// Gives the deployment lock back at the end of a job: the `post` part of lock/action.yml.
//
// The token is in the state of the step, where `lock acquire` put it. Without it there is nothing to give back. A lock
// that cannot be given back is free as soon as the run is over, so this never fails a job whose deploy went well.

import { main } from "./launch.mjs?post";

/** Inputs that mean something to a release; those of `acquire` would be refused. */
const KEPT = ["ENVIRONMENT", "REMOTE", "LOCK-REF", "LOCK-API", "WORKING-DIRECTORY", "BINARY", "DOWNLOAD-URL", "TOKEN"];

/** The environment of the release. */
export function environmentOf(env, token) {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith("INPUT_") || KEPT.includes(name.slice("INPUT_".length).replaceAll("_", "-")));
  return { ...Object.fromEntries(kept), INPUT_COMMAND: "lock release", "INPUT_LOCK-TOKEN": token };
}

const token = process.env.STATE_lock_token ?? "";
if (!/^[0-9]+$/.test(token)) {
  console.log("ci-guard: this step holds no lock");
} else if ((await main(environmentOf(process.env, token))) !== 0) {
  console.log("::warning title=ci-guard::the lock was not given back; it is free as soon as this run is over");
}
