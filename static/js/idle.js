// Two minutes before a session ends because nothing was asked in it: a quiet notice, and a way to stay.

const LAST = 120;
const region = document.querySelector("[data-idle]");
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("awake") : null;

if (region) {
  const notice = region.querySelector("form");
  const [soon, over] = notice.querySelectorAll("[data-soon], [data-over]");
  const button = notice.querySelector("button");
  let end = 0;
  let timer;

  const look = () => {
    clearTimeout(timer);
    const left = (end - Date.now()) / 1000;
    notice.hidden = left > LAST;
    soon.hidden = button.hidden = left <= 0;
    over.hidden = left > 0;
    if (left > 0) timer = setTimeout(look, (left > LAST ? left - LAST : left) * 1000 + 50);
  };
  const awake = (seconds) => {
    end = Date.now() + seconds * 1000;
    look();
  };

  notice.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch(notice.action, {
      method: "POST",
      headers: { "HX-Request": "true" },
      body: new URLSearchParams(new FormData(notice)),
    }).catch(() => null);
    if (!answer) return;
    const seconds = answer.headers.get("HX-Redirect")?.startsWith("/account") ? Number(region.dataset.whole) : 0;
    awake(seconds);
    if (seconds) tabs?.postMessage(seconds);
  });
  if (tabs) tabs.onmessage = (event) => awake(event.data);
  document.addEventListener("visibilitychange", look);
  awake(Number(region.dataset.idle));
  tabs?.postMessage(Number(region.dataset.idle));
}
