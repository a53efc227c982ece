// Shared by the tests: the program, started for each test file, a client for it, and checks of errors.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

import { ApiKeyStrategy, createClient } from '@wix/sdk';
import { contacts, extendedFields, labels, submittedContact } from '@wix/crm';

import { callsOf } from './calls.js';

export const here = path.dirname(fileURLToPath(import.meta.url));

// The clock of the program stops here; its IDs depend on the seed alone.
export const now = new Date('2026-01-02T03:04:05.000Z');

// The modules of the client under test.
export const modules = { contacts, labels, extendedFields, submittedContact };

const requestTimeout = 20_000;

export const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

// All of these steps run at the end of a test file, even if one fails. (Of several hooks, those after a failure do not
// run.)
const atEnd = [];
after(async () => {
  const failed = [];
  for (const step of atEnd.reverse()) {
    try {
      await step();
    } catch (err) {
      failed.push(err);
    }
  }
  if (failed.length > 0) throw failed[0];
});

// Each test file successfully calls its functions of calls.js, unless only some of its tests run.
atEnd.push(() => {
  if (process.execArgv.some((arg) => /^--test-(name-pattern|skip-pattern|only)\b/.test(arg))) return;
  const missing = callsOf(process.argv[1]).filter((name) => !called.has(name));
  assert.deepEqual(missing, [], 'functions of calls.js that this file has not called');
});

// The program is CONTACTSD, or is built for this test file.
let built;
export function program() {
  if (process.env.CONTACTSD) return process.env.CONTACTSD;
  if (!built) {
    const dir = mkdtempSync(path.join(tmpdir(), 'contactsd-'));
    atEnd.push(() => rmSync(dir, { recursive: true }));
    built = path.join(dir, 'contactsd');
    execFileSync('go', ['build', '-o', built, './cmd/contactsd'], { cwd: path.join(here, '../..'), stdio: 'inherit' });
  }
  return built;
}

// start runs the program with an empty store, or with the store in a file, until the tests of the test file are done.
// It returns the address of the program.
async function start({ load, args = [], strict = true } = {}) {
  const file = program();
  const flags = ['-addr', '127.0.0.1:0', '-seed', '1', '-now', now.toISOString(), ...args];
  if (strict) flags.push('-strict');
  if (load) flags.push('-load', path.join(here, load));
  const child = spawn(file, flags, { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk) => (log += chunk));
  const exited = new Promise((resolve) => child.on('close', (status, signal) => resolve({ status, signal })));
  process.on('exit', () => child.kill('SIGKILL'));
  atEnd.push(async () => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    const end = await exited;
    clearTimeout(late);
    assert.deepEqual(end, { status: 0, signal: null }, `how the program ended: ${log}`);
  });

  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the program does not listen within 20 s: ${log}`)), 20_000);
    lines.on('line', (line) => {
      const origin = /^listening on (http:\/\/\S+)$/.exec(line)?.[1];
      if (!origin) return;
      clearTimeout(late);
      resolve(origin);
    });
    exited.then(({ status, signal }) => {
      clearTimeout(late);
      reject(new Error(`the program ended with ${signal ?? status}: ${log}`));
    });
  });
}

// serve starts the program and returns
//   client   the published client, connected to it
//   sent     the requests of the client so far: {method, url, body, headers}
//   raw      plain HTTP: raw('GET', '/contacts/v4/bulk/jobs') gives {status, headers, body}
// With host, the client is configured for another host than that of the service, and therefore uses other paths. Unless
// strict is false, the program refuses what it does not know of a request: all of the client's must be known.
export async function serve({ load, args, host = false, strict } = {}) {
  const origin = await start({ load, args, strict });
  const local = new URL(origin).host;
  const sent = [];

  // This is all that is needed to connect the client to another server.
  const redirected = (url, init) => {
    const to = String(url).replace(host ? `https://${local}` : 'https://www.wixapis.com', origin);
    assert.ok(to.startsWith(`${origin}/`), `the client would leave this machine for ${url}`);
    sent.push({
      method: init.method,
      url: to.slice(origin.length),
      headers: init.headers,
      body: init.body === undefined ? undefined : JSON.parse(init.body),
    });
    return fetch(to, { ...init, signal: AbortSignal.timeout(requestTimeout) });
  };
  const client = createClient({
    modules,
    auth: ApiKeyStrategy({ apiKey: 'e2e-key', siteId: 'e2e-site' }),
    fetch: redirected,
    ...(host ? { host: { apiBaseUrl: local } } : {}),
  });

  const raw = async (method, url, body, headers = {}) => {
    const reply = await fetch(origin + url, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(requestTimeout),
    });
    const text = await reply.text();
    return { status: reply.status, headers: reply.headers, body: text === '' ? undefined : JSON.parse(text) };
  };
  return { client: recorded(client), sent, raw, origin };
}

// The functions of the client that tests of this file have called successfully.
const called = new Set();

function recorded(client) {
  const wrapped = { webhooks: client.webhooks };
  for (const name of Object.keys(modules)) {
    wrapped[name] = {};
    for (const [key, value] of Object.entries(client[name])) {
      wrapped[name][key] = typeof value === 'function' ? recording(`${name}.${key}`, value) : value;
    }
  }
  return wrapped;
}

export function recording(name, fn) {
  const wrapper = (...args) => {
    const result = fn(...args);
    if (typeof result?.then !== 'function') {
      called.add(name);
      return result;
    }
    return result.then((value) => {
      called.add(name);
      return value;
    });
  };
  return Object.assign(wrapper, fn); // Filter has functions of its own
}

// rejected returns the error that the client throws.
export async function rejected(promise) {
  let value;
  try {
    value = await promise;
  } catch (err) {
    return err;
  }
  assert.fail(`the call should have failed, but gave ${JSON.stringify(value)}`);
}

// fails checks that a call fails with an application error with this HTTP status, code and, if given, data.
export async function fails(promise, status, code, data) {
  const err = await rejected(promise);
  assert.ok(err instanceof Error);
  assert.equal(err.details?.applicationError?.code, code, err.message);
  assert.equal(err.status, status);
  checkRequestID(err);
  assert.equal(err.details.validationError, undefined);
  const { description } = err.details.applicationError;
  assert.equal(typeof description, 'string');
  assert.notEqual(description, '');
  if (data !== undefined) assert.deepEqual(err.details.applicationError.data, data);
  return err;
}

// invalid checks that a call fails with a validation error with exactly these violations, in the order of the client:
// by field. Only the given members of each are compared.
export async function invalid(promise, ...violations) {
  const err = await rejected(promise);
  assert.ok(err instanceof Error);
  assert.ok(err.details?.validationError, err.message);
  assert.equal(err.status, 400);
  checkRequestID(err);
  assert.equal(err.details.applicationError, undefined);
  const found = err.details.validationError.fieldViolations;
  assert.deepEqual(
    found.map((v, i) => Object.fromEntries(Object.keys(violations[i] ?? v).map((key) => [key, v[key]]))),
    violations,
  );
  for (const { field, description } of found) {
    assert.equal(typeof description, 'string');
    assert.ok(err.message.includes(`\\"${field}\\" ${description}`), err.message);
  }
  return err;
}

function checkRequestID(err) {
  assert.equal(typeof err.requestId, 'string');
  assert.notEqual(err.requestId, '');
  assert.equal(err.details.requestId, err.requestId);
}

// someone returns an info with a new email.
let people = 0;
export function someone(info = {}) {
  people++;
  return {
    name: { first: 'Person', last: `No${people}` },
    emails: { items: [{ tag: 'MAIN', email: `person${people}@example.com` }] },
    ...info,
  };
}
