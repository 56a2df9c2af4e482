// Comfort only: every page works without this file.
(() => {
  "use strict";
  const KEY = "newswire:commenter";
  const FIELDS = ["name", "email", "website"];

  // A reader who ticked the box finds name, e-mail and website filled in the next time; unticked, they are forgotten.
  const form = document.querySelector("form[data-remember]");
  if (form) {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY) || "null");
      if (kept) {
        for (const field of FIELDS) form.elements[field].value ||= kept[field] || "";
        form.elements.save.checked = true;
      }
    } catch { /* Storage is switched off: nothing to fill in. */ }
    form.addEventListener("submit", () => {
      try {
        if (!form.elements.save.checked) return localStorage.removeItem(KEY);
        localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(FIELDS.map((field) => [field, form.elements[field].value]))));
      } catch { /* As above. */ }
    });
  }

  // Links into the form open it; a reply says to whom, and can become a comment on the story again.
  document.addEventListener("click", (event) => {
    const reply = event.target.closest("[data-reply]");
    if (!reply || !form || !form.elements.parent) return;
    event.preventDefault();
    const to = reply.dataset.reply;
    const details = form.closest("details");
    if (details) details.open = true;
    form.elements.parent.value = to;
    const note = document.getElementById("answering");
    note.hidden = !to;
    note.querySelector("b").textContent = to && reply.closest("article").querySelector("strong").textContent;
    form.scrollIntoView();
    form.elements.comment.focus({ preventScroll: true });
  });

  // A comment that stands on a further page: old links name the story's own.
  const further = document.querySelector(".comments [rel=next]");
  if (further && /^#comment-\d+$/.test(location.hash) && !document.getElementById(location.hash.slice(1))) {
    location.replace(further.pathname + location.hash);
  }

  const held = document.getElementById("comment-held");
  if (held && new URLSearchParams(location.search).get("comment") === "held") held.hidden = false;

  // When a story appeared, by the reader's own clock where that shows another time than the site's.
  const site = document.documentElement.lang;
  const speech = (navigator.languages || []).find((one) => one.split("-")[0] === site.split("-")[0]) || site;
  for (const time of document.querySelectorAll("time[data-local]")) {
    const at = new Date(time.dateTime);
    const offset = /([+-])(\d\d):(\d\d)$/.exec(time.dateTime);
    if (!offset || Number.isNaN(+at)) continue;
    if ((offset[2] * 60 + +offset[3]) * (offset[1] === "+" ? -1 : 1) === at.getTimezoneOffset()) continue;
    time.title = time.textContent;
    time.textContent = at.toLocaleString(speech, { dateStyle: "long", timeStyle: "short" });
  }

  const copy = document.querySelector("[data-copy]");
  if (copy && navigator.clipboard) {
    copy.parentElement.hidden = false;
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(copy.dataset.copy);
      copy.textContent = copy.dataset.done;
    });
  }

  // The front page says how many stories came after it. Nothing on it moves; the link brings them.
  const fresh = document.querySelector("[data-many]");
  if (fresh && window.EventSource) {
    const day = (path) => (/^\/(\d{4}\/\d\d\/\d\d)\//.exec(path) || [])[1] || "";
    const known = new Set([...document.links].map((link) => link.pathname));
    const newest = [...known].map(day).sort().pop();
    const found = new Map();
    // What is older than the newest day on the page is somebody's archive coming in.
    const add = (path, id) => { if (day(path) && day(path) >= newest && !known.has(path)) found.set(path, id); };
    const show = () => {
      if (!found.size) return fresh.replaceChildren();
      const link = fresh.firstElementChild || fresh.appendChild(document.createElement("a"));
      link.href = "/";
      link.className = "button strong";
      link.textContent = (found.size === 1 ? fresh.dataset.one : fresh.dataset.many).replace("{count}", found.size);
    };
    let source;
    // What came since the page was made: by its number, else by comparing it with the page as it is now.
    const listen = (since) => {
      source = new EventSource(since ? `/live?since=${since}` : "/live");
      if (!since) source.addEventListener("open", compare, { once: true });
      source.addEventListener("live", ({ data }) => {
        const story = JSON.parse(data);
        if (story.action === "publish" || story.action === "revive") add(story.path, story.story_id);
        show();
      });
      const gone = ({ data }) => {
        const { story_id } = JSON.parse(data);
        for (const [path, id] of found) if (id === story_id) found.delete(path);
        show();
      };
      source.addEventListener("withdrawn", gone);
      source.addEventListener("expired", gone);
    };
    const compare = async () => {
      try {
        const page = new DOMParser().parseFromString(await (await fetch("/")).text(), "text/html");
        for (const link of page.links) add(link.pathname);
        show();
      } catch { /* Offline: the stream tells of what comes later. */ }
    };
    // A page that nobody looks at holds no connection: browsers have six for a site. It looks anew when it is back.
    document.addEventListener("visibilitychange", () => {
      source?.close();
      if (!document.hidden) listen();
    });
    const [visit] = performance.getEntriesByType("navigation");
    if (!document.hidden) listen(visit?.serverTiming?.find(({ name }) => name === "change")?.description);
  }
})();
