// Passkeys: the browser's half of the ceremonies. The server judges; every word stands in the page (passkeys/_words.html).

const root = document.documentElement;
const api = window.PublicKeyCredential;
const find = (selector) => document.querySelector(selector);
const OLD = 240000; // ms after which the options of a waiting autofill are made anew; the server keeps them for 300 s

/* Buttons show where passkeys work, also those that are swapped in later; elsewhere the page says what to do instead. */
root.dataset.passkeys = api && navigator.credentials ? "yes" : "no";

const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const toText = (buffer) =>
  buffer && btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/* By hand, not by toJSON(): older browsers lack it, and so do the credentials of some password managers. */
const decoded = (options) => {
  const keys = (list) => list?.map((key) => ({ ...key, id: toBytes(key.id) }));
  const { challenge, user, allowCredentials, excludeCredentials } = options;
  return {
    ...options,
    challenge: toBytes(challenge),
    ...(user && { user: { ...user, id: toBytes(user.id) } }),
    allowCredentials: keys(allowCredentials),
    excludeCredentials: keys(excludeCredentials),
  };
};
const encoded = ({ id, rawId, type, response }) => ({
  id,
  rawId: toText(rawId),
  type,
  response: {
    clientDataJSON: toText(response.clientDataJSON),
    attestationObject: toText(response.attestationObject),
    authenticatorData: response.attestationObject ? undefined : toText(response.authenticatorData),
    signature: toText(response.signature),
    userHandle: toText(response.userHandle),
    transports: response.getTransports?.(),
  },
});

const post = async (path, body) => {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-csrf-token": find("[name=csrf_token]").value },
    body: JSON.stringify(body),
  });
  if (answer.redirected) {
    // Signed out, or to be proven anew: this page's own address leads there.
    location.assign(location.pathname + location.search);
    await new Promise(() => {});
  }
  const json = answer.headers.get("content-type")?.includes("json") ? await answer.json() : {};
  if (answer.ok) return json;
  throw { ...json, name: [403, 410].includes(answer.status) ? "old" : "failed" };
};

/* Which of the page's words say what went wrong. Browsers hide why nobody answered; only the time tells a little. */
const reason = ({ name }, create, waited, timeout) => {
  if (name === "NotAllowedError") {
    if (waited > timeout - 2000) return "late";
    return waited > 1000 ? "cancelled" : create ? "denied" : "none";
  }
  return (
    { InvalidStateError: "known", NotSupportedError: "unable", ConstraintError: "unable", SecurityError: "site", TypeError: "offline", old: "old" }[name] ?? "failed"
  );
};

const say = (box, text, wrong) => {
  const said = box.querySelector(".passkey-said");
  said.textContent = text;
  said.classList.toggle("error", !!wrong);
};

const show = (button, busy) => {
  button.toggleAttribute("data-busy", busy);
  button.setAttribute("aria-busy", busy);
  button.querySelector(".spin")?.remove();
  if (busy) button.append(Object.assign(document.createElement("span"), { className: "spin" }));
};

/* What the form around it says: a name, an agreement, whether to sign out elsewhere. */
const filled = (box) => {
  const body = {};
  for (const input of box.closest("form")?.querySelectorAll("[name=name], [name=terms], [name=everywhere]") ?? []) {
    if (input.required && !input.reportValidity()) return null;
    body[input.name] = input.type === "checkbox" ? input.checked : input.value;
  }
  const next = find("[name=next]")?.value ?? new URLSearchParams(location.search).get("next");
  return { ...body, ...(next && { next }), ...("second" in box.dataset && { second: true }) };
};

let waiting, renewal; // what takes the autofill back, and what makes it anew
const ceremony = async (box, body, mediation) => {
  const create = box.dataset.passkey === "create";
  const signal = (waiting = new AbortController()).signal;
  let started, options, credential;
  try {
    options = await post(box.dataset.path + "/options", body);
    signal.throwIfAborted();
    started = performance.now();
    const publicKey = decoded(options);
    credential = await navigator.credentials[create ? "create" : "get"]({ publicKey, signal, ...(mediation && { mediation }) });
    const { next } = await post(box.dataset.path + "/verify", { ...body, credential: encoded(credential) });
    location.assign(next);
    return true;
  } catch (error) {
    if (error.field === "unknown_passkey") {
      api.signalUnknownCredential?.({ rpId: options.rpId, credentialId: credential.id })?.catch(() => {});
    }
    if (mediation) clearTimeout(renewal); // it must not go round for ever
    if (signal.aborted || (mediation && !credential)) return false;
    const words = box.querySelector(".passkey-said").dataset;
    say(box, error.problem ?? words[reason(error, create, performance.now() - started, options?.timeout)], true);
    const field = box.closest("form")?.elements[error.field];
    field?.setAttribute("aria-invalid", "true");
    field?.focus();
    return false;
  }
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-passkey] > button");
  if (!button || "busy" in button.dataset) return;
  const box = button.parentElement;
  const body = filled(box);
  if (!body) return;
  waiting?.abort();
  show(button, true);
  say(box, box.querySelector(".passkey-said").dataset.waiting);
  if (!(await ceremony(box, body))) {
    show(button, false);
    autofill();
  }
});

/* Passkeys among the suggestions of the address field. */
const autofill = async () => {
  const box = find("[data-passkey=get]");
  clearTimeout(renewal);
  if (!box || !find("[autocomplete~=webauthn]") || !(await api?.isConditionalMediationAvailable?.())) return;
  if (find("[data-passkey] > [data-busy]")) return;
  waiting?.abort();
  renewal = setTimeout(renew, OLD);
  ceremony(box, filled(box), "conditional");
};
const renew = () => {
  renewal = null;
  if (!document.hidden) autofill();
};
const stop = () => {
  clearTimeout(renewal);
  waiting?.abort();
};
document.addEventListener("visibilitychange", () => renewal === null && renew());
document.addEventListener("submit", stop);
addEventListener("pagehide", stop);
addEventListener("pageshow", (event) => {
  for (const button of event.persisted ? document.querySelectorAll("[data-passkey] > button") : []) show(button, false);
  autofill();
});

/* Tells the browser which passkeys the account has, and how its person is called now. */
const note = find("[data-signal]");
if (note) {
  const { rpId, userId, allAcceptedCredentialIds, name, displayName } = JSON.parse(note.dataset.signal);
  api?.signalAllAcceptedCredentials?.({ rpId, userId, allAcceptedCredentialIds })?.catch(() => {});
  api?.signalCurrentUserDetails?.({ rpId, userId, name, displayName })?.catch(() => {});
}
