// The script only saves reloading pages: without it, the same forms and links do the same. It makes no HTML, but takes
// parts of pages that the server has made, so nothing that a contact contains is ever read as a script.
"use strict";

(() => {
  const parse = (text) => new DOMParser().parseFromString(text, "text/html");
  const byID = (id, page = document) => page.getElementById(id);

  // fetchPage returns a page of the server. A reply that is not one of its pages is an error.
  async function fetchPage(url, options) {
    const reply = await fetch(url, { cache: "no-store", redirect: "error", ...options });
    const page = parse(await reply.text());
    if (!byID("main", page)) throw new Error("not a page of the inspector");
    return page;
  }

  // search shows the matches while one types.
  function search(form) {
    const status = byID("count");
    let running = null;
    let timer = 0;

    // fields returns the form as it is sent, with the button that was pressed.
    const fields = (button) => new URLSearchParams(new FormData(form, button));

    async function send(body, then = () => {}) {
      clearTimeout(timer);
      running?.abort();
      running = new AbortController();
      const { signal } = running;
      byID("results").setAttribute("aria-busy", "true");
      try {
        const page = await fetchPage(form.action, { method: "POST", body, signal });
        const results = byID("results", page);
        if (!results) throw new Error("no results");
        form.elements.facet.value = byID("query", page).elements.facet.value;
        byID("results").replaceWith(document.adoptNode(results));
        status.textContent = byID("found")?.textContent ?? byID("results").querySelector(".note")?.textContent ?? "";
        remember(body);
        then();
        countFacets();
      } catch (err) {
        if (err.name !== "AbortError") form.submit(); // the browser shows what is wrong
      }
    }

    // countFacets asks for the counts of the facets if the page came without them, as that of a large store does.
    async function countFacets() {
      const button = byID("count-facets");
      if (!button) return;
      const body = fields(button);
      button.disabled = true;
      try {
        const page = await fetchPage(form.action, { method: "POST", body });
        const counted = page.querySelector(".facets");
        if (counted && byID("count-facets") === button) {
          document.querySelector(".facets").replaceWith(document.adoptNode(counted));
        }
      } catch {
        button.disabled = false;
      }
    }

    // remember keeps the search for when the user comes back to this page. It is what the user has typed, and stays in
    // the history of this tab; the address stays without it.
    function remember(body) {
      history.replaceState({ search: [...body] }, "");
    }

    // restore repeats the search of this page when the user comes back to it or reloads it. A link begins a new one,
    // although browsers keep the state if it leads to the same address.
    function restore() {
      if (performance.getEntriesByType("navigation")[0]?.type === "navigate") {
        history.replaceState(null, "");
        return;
      }
      const body = new URLSearchParams(history.state?.search ?? []);
      if ([...body.values()].every((value) => value === "")) return;
      form.elements.people.value = body.get("people") ?? "";
      form.elements.order.value = body.get("order") ?? "";
      form.elements.filter.value = body.get("filter") ?? "";
      if (form.elements.filter.value) form.querySelector("details").open = true;
      send(body);
    }

    // focusAgain moves the focus to the button that was pressed, or to the count of the new page.
    function focusAgain(button) {
      const key = button.dataset.key;
      const again = key === undefined ? null : document.querySelector(`button[data-key="${CSS.escape(key)}"]`);
      if (again) {
        again.focus();
        return;
      }
      const found = byID("found");
      if (found) {
        found.tabIndex = -1;
        found.focus();
        found.scrollIntoView({ block: "nearest" });
      }
    }

    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => send(fields(null)), 120);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const button = event.submitter;
      const inResults = button?.closest("#results");
      send(fields(button), () => inResults && focusAgain(button));
    });
    restore();
    countFacets();
  }

  // follow shows new commits as they come.
  function follow(list) {
    const live = byID("live");
    const pause = 1500; // milliseconds between two questions
    const most = 200; // commits on the page
    let timer = 0;
    let asking = false;

    function say(text, kind) {
      if (live.textContent !== text) live.textContent = text;
      live.className = `live ${kind}`;
    }

    async function ask() {
      if (asking) return; // a second reply would bring the same commits again
      asking = true;
      clearTimeout(timer);
      const { newest, instance, url } = list.dataset;
      try {
        const page = await fetchPage(`${url}?since=${newest}&instance=${encodeURIComponent(instance)}`);
        const next = byID("feed", page);
        if (!next) throw new Error("no feed");
        const restarted = next.dataset.instance !== instance;
        show(next);
        say(restarted ? "Live again: the server was started again." : "Live.", "on");
      } catch {
        say("The server does not answer. Trying again …", "off");
      }
      asking = false;
      if (!document.hidden) timer = setTimeout(ask, pause);
    }

    function show(next) {
      const commits = [...next.children].map((commit) => document.adoptNode(commit));
      if (next.dataset.part === "true") {
        commits.forEach((commit) => commit.classList.add("fresh"));
        list.prepend(...commits);
      } else {
        list.replaceChildren(...commits);
      }
      while (list.children.length > most) list.lastElementChild.remove();
      if (commits.length > 0) byID("no-commits")?.remove();
      list.dataset.newest = next.dataset.newest;
      list.dataset.instance = next.dataset.instance;
    }

    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) ask();
    });
    ask();
  }

  const form = byID("query");
  if (form) search(form);
  const feed = document.querySelector("#feed[data-follow]");
  if (feed) follow(feed);

  // A slash leads to the search field, as on many pages, unless one is typing.
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select");
    if (event.key === "/" && form && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      form.elements.people.focus();
    }
  });
})();
