// A minwon service of our own for a test: a temporary database, keys, complaints.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const binary = process.env.MINWON_BIN || join(root, "target/debug/minwon");

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** Asks until it is so. */
export async function until(what, ask, ms = 120_000) {
  const end = Date.now() + ms;
  for (;;) {
    try { const answer = await ask(); if (answer) return answer; } catch { /* not yet */ }
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

export class Service {
  constructor(roles, settings = []) {
    this.folder = mkdtempSync(join(tmpdir(), "minwon-ui-"));
    this.database = `sqlite:${join(this.folder, "log.sqlite")}`;
    this.settings = settings;
    this.keys = {};
    for (const [name, role] of roles) {
      const made = execFileSync(binary, ["keys", "add", "--database", this.database, "--role", role, "--name", name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
      this.keys[name] = made.trim().split(/\s+/).at(-1);
    }
  }

  async start() {
    this.port ??= await freePort();
    this.url = `http://127.0.0.1:${this.port}`;
    const args = ["serve", "--listen", `127.0.0.1:${this.port}`, "--database", this.database, "--workers", "1", "--log", "warn", ...this.settings];
    this.process = spawn(binary, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
    await until("the service is ready", async () => (await fetch(`${this.url}/readyz`)).ok);
    return this;
  }

  async stop() {
    if (!this.process || this.process.exitCode !== null) return;
    const ended = new Promise((done) => this.process.once("exit", done));
    this.process.kill("SIGTERM");
    await ended;
  }

  async end() {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async api(path, body, name = "연계") {
    const headers = { "content-type": "application/json" };
    if (this.keys[name]) headers.authorization = `Bearer ${this.keys[name]}`;
    const answer = await fetch(this.url + path, body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  /** A complaint becomes a case; its id. */
  async complaint(text, channel = "web", more = {}) {
    return (await this.api("/v1/classify", { text, channel, explain: true, suggest: 3, top_k: 3, ...more })).case_id;
  }
}
