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

  const held = document.getElementById("comment-held");
  if (held && new URLSearchParams(location.search).get("comment") === "held") held.hidden = false;

  const copy = document.querySelector("[data-copy]");
  if (copy && navigator.clipboard) {
    copy.parentElement.hidden = false;
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(copy.dataset.copy);
      copy.textContent = copy.dataset.done;
    });
  }
})();
