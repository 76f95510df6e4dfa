// The staff console: forms are sent without leaving the page, what is typed is kept until it has arrived, and the page
// is drawn anew when something changed. Without this script every form still works.
"use strict";

const staff = document.body.dataset.staff;
const KEPT = `zhixun-draft:${staff}:`;
const UNDERWAY_EVERY = 2000;
const RETRY_EVERY = 5000; // milliseconds

// --- drafts: a text and the id it will be sent with, by the page and the field

function keyOf(field) {
  return `${KEPT}${location.pathname}:${field.form.id}`;
}

function keep(field, isWaiting = false) {
  const once = field.form.elements.once.value;
  if (field.value) localStorage.setItem(keyOf(field), JSON.stringify({ text: field.value, once, isWaiting }));
  else localStorage.removeItem(keyOf(field));
}

function restore() {
  for (const field of document.querySelectorAll("[data-draft]")) {
    const kept = JSON.parse(localStorage.getItem(keyOf(field)) || "null");
    if (!kept) continue;
    if (!field.value) field.value = kept.text;
    if (kept.isWaiting) {
      field.form.elements.once.value = kept.once;
      waiting.add(field.form);
    }
  }
}

// --- sending

const waiting = new Set(); // forms whose request did not arrive

function tell(text) {
  const trouble = document.getElementById("trouble");
  trouble.textContent = text;
  trouble.hidden = !text;
}

async function send(form) {
  const field = form.querySelector("[data-draft]");
  const filled = new FormData(form);
  const body = form.enctype === "multipart/form-data" ? filled : new URLSearchParams(filled);
  if (field) keep(field, true);
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  let answer;
  try {
    answer = await fetch(form.action, { method: "POST", body, headers: { accept: "text/html" } });
    if (answer.status >= 500) throw new Error(answer.status);
  } catch {
    waiting.add(form);
    tell("网络断了或系统正忙，内容已保留在这台电脑上，恢复后自动发送，不会重复。");
    return;
  } finally {
    for (const button of form.querySelectorAll("button")) button.disabled = false;
  }
  waiting.delete(form);
  if (answer.url.includes("/console/sign-in")) {
    if (field) keep(field);
    location.assign(answer.url);
    return;
  }
  if (!answer.ok) {
    if (field) keep(field);
    tell(await whyNot(answer));
    return;
  }
  if (field) {
    localStorage.removeItem(keyOf(field));
    field.value = "";
  }
  tell("");
  if (new URL(answer.url).pathname !== location.pathname) {
    location.assign(answer.url); // what was made has a page of its own
    return;
  }
  draw(await answer.text(), true);
}

async function whyNot(answer) {
  if (answer.status === 413) return "没有提交：文件超过 20 MB。";
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("main .told, main h1 + p")?.textContent.trim() || "没有提交：请刷新页面再试一次，写好的内容还在。";
}

function retry() {
  for (const form of [...waiting]) if (form.isConnected) send(form);
}

// --- drawing: after a form the whole page, after a change elsewhere only its living parts

let isBehind = false;

function draw(html, isWhole) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  document.body.dataset.stamp = fresh.body.dataset.stamp || "";
  if (isWhole) {
    const typed = fieldsTyped();
    document.querySelector("main").replaceChildren(...fresh.querySelector("main").childNodes);
    for (const [id, text] of typed) {
      const field = document.getElementById(id);
      if (!field) continue;
      if (!field.value) field.value = text;
      else if (field.value !== text && field.tagName === "TEXTAREA") field.value = `${text}\n\n${field.value}`;
    }
    document.getElementById("said")?.scrollIntoView({ block: "nearest" });
    restore();
    return;
  }
  isBehind = false;
  for (const part of document.querySelectorAll("[data-live]")) {
    const other = fresh.getElementById(part.id);
    if (part.contains(document.activeElement)) isBehind = true; // drawn when the keyboard leaves it
    else if (other) part.replaceChildren(...other.childNodes);
  }
}

function fieldsTyped() {
  return [...document.querySelectorAll("main textarea[id], main input[id]")]
    .filter((field) => field.type !== "hidden" && field.value && field.value !== field.defaultValue)
    .map((field) => [field.id, field.value]);
}

async function drawAgain() {
  try {
    const answer = await fetch(location.pathname, { headers: { accept: "text/html" } });
    if (answer.ok && !answer.redirected) draw(await answer.text(), false);
  } catch {
    // The stream tells again when the connection is back.
  }
}

// --- hearing of changes

function listen() {
  const ticket = document.body.dataset.ticket;
  const stream = new EventSource(`/console/stream${ticket ? `?ticket=${ticket}` : ""}`);
  stream.addEventListener("state", (event) => {
    const { stamp, others, typing } = JSON.parse(event.data);
    const sign = document.getElementById("typing");
    if (sign) sign.hidden = !typing;
    const here = document.getElementById("others-here");
    if (here) {
      here.hidden = !others.length;
      here.textContent = others.length ? `${others.join("、")} 也在看这张工单` : "";
    }
    if (stamp !== document.body.dataset.stamp) drawAgain();
    retry();
  });
  stream.addEventListener("over", () => location.reload());
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-send]")) {
    event.preventDefault();
    send(form);
  }
  if (form.matches("[data-leave]")) {
    for (const key of Object.keys(localStorage)) if (key.startsWith(KEPT)) localStorage.removeItem(key);
  }
});
// --- the asker sees that somebody types; a sign that gets lost is no loss

const TYPING_EVERY = 10000; // milliseconds, a third of how long it is shown
let typingTold = 0;

// --- a card as its readers will see it, while it is written

function showCard(form) {
  const shown = document.getElementById("card-shown");
  const text = (name) => form.elements[name].value.trim();
  const part = (name) => shown.querySelector(`[data-of="${name}"]`);
  part("answer").textContent = text("answer");
  const paragraphs = text("details").split("\n").filter((line) => line.trim());
  part("details").replaceChildren(
    ...paragraphs.map((line) => Object.assign(document.createElement("p"), { className: "words", textContent: line })),
  );
  part("citations").textContent = text("citations") && `依据：${text("citations")}`;
  part("citations").hidden = !text("citations");
  shown.hidden = !text("answer");
}

function tellTyping(field) {
  if (!field.value || Date.now() - typingTold < TYPING_EVERY) return;
  typingTold = Date.now();
  const { csrf, about } = field.form.elements;
  const body = new URLSearchParams({ csrf: csrf.value, about: about.value });
  fetch("/console/typing", { method: "POST", body }).catch(() => {});
}

document.addEventListener("input", (event) => {
  if (event.target.form?.matches("[data-card]") && document.getElementById("card-shown")) showCard(event.target.form);
  if (event.target.matches("[data-draft]")) keep(event.target);
  if (event.target.matches("[data-typing]")) tellTyping(event.target);
});
document.addEventListener("click", (event) => {
  const source = event.target.closest("[data-insert]");
  if (!source) return;
  const field = document.getElementById(source.dataset.into);
  field.value = source.dataset.insert;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});
document.addEventListener("focusout", () => isBehind && setTimeout(drawAgain));
window.addEventListener("online", retry);
setInterval(retry, RETRY_EVERY);
// What a background job moves has no stamp: a page that shows one looks again for as long as it runs.
setInterval(() => document.querySelector("[data-underway]") && drawAgain(), UNDERWAY_EVERY);
restore();
// On a phone the menu is one line that scrolls: where one is should be in sight.
// Only the menu is moved: the page stays at its top, where what was just done is told.
const menu = document.querySelector(".menu"), here = menu?.querySelector("[aria-current], .here");
if (here) menu.scrollLeft = here.offsetLeft - menu.offsetLeft - (menu.clientWidth - here.offsetWidth) / 2;
if (document.body.dataset.stamp) listen();
