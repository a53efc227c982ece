// contactsd for tests: starts it with -control, and has a function for each request to its control address. It needs
// nothing but Node, works with every client of the API, and may be copied into other projects. docs/http.md has the
// requests themselves, docs/testing.md an introduction.
//
//   const contactsd = await startContactsd();          // once for all tests
//   after(() => contactsd.stop());
//
//   test('a full service', async () => {
//     const store = await contactsd.fork();            // a store of this test alone, in constant time
//     const client = createClient({ modules: { contacts }, auth, fetch: store.fetch });
//     await store.fail({ on: ['Create'], times: 1, status: 429, retryAfter: '1s' });
//     await assert.rejects(client.contacts.createContact({ name: { first: 'Ada' } }), { status: 429 });
//     await store.advance('1s');
//     await client.contacts.createContact({ name: { first: 'Ada' } });
//   });
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const service = 'https://www.wixapis.com'; // where the published client sends its requests

// ControlError is an error of the control address. code is that of the error, such as STORE_NOT_FOUND, or
// INVALID_ARGUMENT for a request with violations, a list of {field, description, violatedRule}.
export class ControlError extends Error {
  constructor(method, path, status, body) {
    const { applicationError, validationError } = body?.details ?? {};
    const violations = validationError?.fieldViolations ?? [];
    const reasons = violations.map(({ field, description }) => `${field}: ${description}`);
    super([`contactsd: ${method} ${path}: ${status} ${applicationError?.code ?? ''}`, ...reasons].join('; '));
    this.name = 'ControlError';
    this.status = status;
    this.code = applicationError?.code ?? (validationError ? 'INVALID_ARGUMENT' : 'INTERNAL');
    this.violations = violations;
  }
}

// A Store is a store of contactsd.
export class Store {
  #order;

  constructor(order, { name, url }) {
    this.#order = (method, path, body) => order(method, `/stores/${name}${path}`, body);
    this.name = name;
    this.url = url; // of the API, without /contacts/v4
    // fetch is a fetch for clients of the service, whose requests it sends to this store.
    this.fetch = (to, init) => {
      const { origin, href } = new URL(to instanceof Request ? to.url : to);
      if (origin !== service) throw new Error(`a request would leave this machine for ${origin}`);
      const here = this.url + href.slice(service.length);
      return fetch(to instanceof Request ? new Request(here, to) : here, init);
    };
  }

  // info returns {name, url, contacts, position, now, rules}: the last three are the position of the newest commit, the
  // time of the clock, and the number of rules.
  async info() {
    return (await this.#order('GET', '')).store;
  }

  // restore replaces the store by a state, by default by what contactsd has started with, and removes its rules.
  async restore(state = 'start') {
    await this.#order('POST', '/restore', { state });
  }

  // remove ends the store, unless it is the main one. Stores of tests need no removal before there are 1,000.
  async remove() {
    await this.#order('DELETE', '');
  }

  // now returns the time of the clock.
  async now() {
    return new Date((await this.#order('GET', '/clock')).now);
  }

  // setClock sets the clock to a Date or a text such as '2026-03-01T00:00:00Z', and returns the new time.
  async setClock(to) {
    return new Date((await this.#order('POST', '/clock', { set: to })).now);
  }

  // advance moves the clock by a number of milliseconds, or by a text such as '90m', and returns the new time.
  async advance(by) {
    const advance = typeof by === 'number' ? `${by}ms` : by;
    return new Date((await this.#order('POST', '/clock', { advance })).now);
  }

  // fail adds rules that let requests fail: see docs/http.md.
  async fail(...rules) {
    await this.#order('POST', '/faults', { rules });
  }

  // rules returns the rules: [{fault, calls, hits}]. A rule without hits has not tested anything.
  async rules() {
    return (await this.#order('GET', '/faults')).rules;
  }

  // clearRules removes all rules.
  async clearRules() {
    await this.#order('DELETE', '/faults');
  }

  // requests returns the last 128 requests: [{number, request, method, contactId, time, status, reached, rule}].
  async requests() {
    return (await this.#order('GET', '/requests')).requests;
  }

  // setMember makes a contact a site member, null ends that. It and those below return the contact.
  async setMember(contactId, memberInfo) {
    return this.#contact(contactId, 'member', { memberInfo });
  }

  // setSubscription sets the marketing consent for an email or a phone of a contact, such as SUBSCRIBED.
  async setSubscription(contactId, address, status) {
    return this.#contact(contactId, 'subscription', { address, status });
  }

  // setDeliverability sets the delivery status of an email of a contact, such as BOUNCED.
  async setDeliverability(contactId, email, status) {
    return this.#contact(contactId, 'deliverability', { email, status });
  }

  // setBilling sets whether a contact pays by subscription.
  async setBilling(contactId, active) {
    return this.#contact(contactId, 'billing', { active });
  }

  async #contact(contactId, what, body) {
    return (await this.#order('PUT', `/contacts/${contactId}/${what}`, body)).contact;
  }
}

// startContactsd starts the program, by default the one that CONTACTSD or the PATH has, with further flags such as
// ['-load', 'file']. It returns the program when it serves:
//   main            its store
//   fork(options)   another store: a copy of main, of another {store: NAME} or of a saved {state: NAME}, with a {name}
//                   or without one
//   save(state, store = 'main')
//                   saves the present state of a store under a name, for restore and fork
//   forget(state)   removes a saved state
//   reset()         returns to the start: no other stores, no states, no rules
//   stop()          ends the program, and fails unless it ends well
export async function startContactsd({ program = process.env.CONTACTSD ?? 'contactsd', args = [], token } = {}) {
  const flags = ['-addr', '127.0.0.1:0', '-control', '127.0.0.1:0', ...args];
  const env = token === undefined ? process.env : { ...process.env, CONTACTSD_TOKEN: token };
  const child = spawn(program, flags, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  let log = '';
  child.stderr.on('data', (chunk) => (log += chunk));
  const exited = new Promise((resolve) => {
    child.on('error', (err) => resolve(err.message));
    child.on('close', (status, signal) => resolve(signal ?? status));
  });
  const { url, control } = await addresses(child, exited).catch((err) => {
    kill();
    throw new Error(`${err.message}: ${log}`);
  });

  const order = async (method, path, body = {}) => {
    const reply = await fetch(control + path, {
      method,
      headers: { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: token }) },
      body: method === 'GET' ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await reply.json();
    if (!reply.ok) throw new ControlError(method, path, reply.status, text);
    return text;
  };
  return {
    main: new Store(order, { name: 'main', url }),
    fork: async (options = {}) => new Store(order, (await order('POST', '/stores', options)).store),
    save: async (state, store = 'main') => void (await order('PUT', `/states/${state}`, { store })),
    forget: async (state) => void (await order('DELETE', `/states/${state}`)),
    reset: async () => void (await order('POST', '/reset')),
    stop: async () => {
      child.kill('SIGTERM');
      const late = setTimeout(kill, 15_000);
      const end = await exited;
      clearTimeout(late);
      process.removeListener('exit', kill);
      if (end !== 0) throw new Error(`contactsd ended with ${end}: ${log}`);
    },
  };
}

// addresses waits for the lines that the program prints when it serves.
function addresses(child, exited) {
  const found = {};
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('contactsd does not listen within 20 s')), 20_000);
    exited.then((end) => {
      clearTimeout(late);
      reject(new Error(`contactsd ended with ${end}`));
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, what, url] = /^(listening|control) on (http:\/\/\S+)$/.exec(line) ?? [];
      if (what === 'listening') found.url = url;
      if (what === 'control') found.control = url;
      if (!found.url || !found.control) return;
      clearTimeout(late);
      resolve(found);
    });
  });
}
