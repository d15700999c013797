// Comforts for forms. Every one of them works without this file: nothing here judges or sends anything.

const all = (selector, root = document) => root.querySelectorAll(selector);

/* A form is sent once; work that takes longer than a moment shows it. One whose answer is a file leaves the page as it
   is, and may be sent again. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.matches("[hx-post], [data-stays]")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  const button = event.submitter;
  if (!button) return;
  form.dataset.timer = setTimeout(() => {
    button.dataset.busy = "";
    button.setAttribute("aria-busy", "true");
    button.append(Object.assign(document.createElement("span"), { className: "spin" }));
  }, 400);
});

/* Back from the next page out of the browser's memory: the form is fresh again, secrets are gone. */
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of all("form[data-sent]")) {
    clearTimeout(form.dataset.timer);
    delete form.dataset.sent;
  }
  for (const spin of all(".spin")) {
    const button = spin.parentElement;
    delete button.dataset.busy;
    button.removeAttribute("aria-busy");
    spin.remove();
  }
  for (const input of all("input[autocomplete$=password], input[data-code]")) input.value = "";
});

/* Show and hide a password. */
for (const button of all(".reveal")) {
  const input = document.getElementById(button.getAttribute("aria-controls"));
  const show = (yes) => {
    input.type = yes ? "text" : "password";
    button.setAttribute("aria-pressed", yes);
  };
  button.hidden = false;
  button.addEventListener("click", () => show(input.type === "password"));
  input.form.addEventListener("submit", () => show(false));
}

/* How a new password looks, in words: length, repetition, runs. The server alone decides. */
const richness = (text) => {
  const signs = [...text];
  const step = (i) => signs[i].codePointAt(0) - signs[i - 1].codePointAt(0);
  let fresh = signs.length ? 1 : 0;
  for (let i = 1; i < signs.length; i++) {
    const run = i > 1 && step(i) === step(i - 1) && Math.abs(step(i)) < 2;
    const seen = signs.slice(0, i - 1).join("").includes(signs[i - 1] + signs[i]);
    if (!run && !seen) fresh++;
  }
  return fresh;
};
for (const meter of all("[data-meter]")) {
  const input = document.getElementById(meter.dataset.meter);
  const words = meter.querySelector("output");
  let timer;
  const look = () => {
    const text = input.value;
    const fresh = richness(text);
    const level =
      [...text].length < meter.dataset.least ? (text ? 1 : 0) : fresh < 10 ? 1 : fresh < 14 ? 2 : fresh < 19 ? 3 : 4;
    const name = [...text].length < meter.dataset.least ? "short" : ["", "plain", "fair", "good", "strong"][level];
    meter.dataset.level = level;
    clearTimeout(timer);
    timer = setTimeout(() => (words.value = text ? meter.dataset[name] : ""), 250);
  };
  input.addEventListener("input", look);
  look();
}

/* A code pasted with spaces or a whole sentence keeps its digits only. */
for (const input of all("[data-code]")) {
  input.addEventListener("paste", (event) => {
    const digits = event.clipboardData.getData("text").replace(/\D/g, "");
    if (!digits) return;
    event.preventDefault();
    input.value = digits;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

/* "Send a new code" waits its time and says how long. */
for (const button of all("[data-wait]")) {
  const end = Date.now() + button.dataset.wait * 1000;
  const note = document.createElement("span");
  note.className = "muted";
  button.after(note);
  const tick = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    button.hidden = left > 0;
    note.textContent = left > 0 ? button.dataset.left.replace("{seconds}", left) : "";
    if (left > 0) setTimeout(tick, 1000);
  };
  tick();
}

for (const button of all("[data-copy]")) {
  const words = button.querySelector("[aria-live]");
  const before = words.textContent;
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    words.textContent = button.dataset.done;
    setTimeout(() => (words.textContent = before), 2500);
  });
}

for (const button of all("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

for (const button of all("[data-dismiss]")) button.hidden = false;
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-dismiss]");
  if (!button) return;
  const region = button.closest(".flash");
  button.closest(".alert").remove();
  if (region && !region.querySelector(".alert")) document.getElementById("main").focus({ preventScroll: true });
});
