// Comforts of signed-in pages.

/* Menus: the arrow keys walk through them; opening, closing and Esc are the browser's. */
for (const menu of document.querySelectorAll(".menu[popover]")) {
  const items = () => [...menu.querySelectorAll("a[href], button:not([disabled])")];
  const opener = document.querySelector(`[popovertarget="${menu.id}"]`);
  opener?.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    menu.showPopover({ source: opener });
    items().at(event.key === "ArrowDown" ? 0 : -1)?.focus();
  });
  menu.addEventListener("keydown", (event) => {
    const list = items();
    const at = list.indexOf(document.activeElement);
    const to = { ArrowDown: (at + 1) % list.length, ArrowUp: (at || list.length) - 1, Home: 0, End: list.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    list[to].focus();
  });
}

/* `data-settled` says that htmx has nothing under way: tests and screen magnifiers may look now. */
let busy = 0;
const settle = () => document.body.toggleAttribute("data-settled", busy === 0);
document.addEventListener("htmx:before:request", () => (busy++, settle()));
document.addEventListener("htmx:finally:request", () => {
  busy = Math.max(0, busy - 1);
  setTimeout(settle, 20);
});
settle();
