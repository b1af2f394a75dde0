// A form with data-passkey asks the browser for a passkey when it is sent, and is sent with the answer.
"use strict";

const ask = {
  create: (options) => navigator.credentials.create({
    publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
  }),
  get: (options) => navigator.credentials.get({
    publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
  }),
};

function tell(form, words) {
  const place = form.querySelector("[role=alert]");
  place.textContent = words;
  place.hidden = false;
}

async function answer(event) {
  const form = event.currentTarget;
  event.preventDefault();
  if (!window.PublicKeyCredential || !PublicKeyCredential.parseRequestOptionsFromJSON) {
    tell(form, "This browser is too old for passkeys. Use a current one.");
    return;
  }
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  try {
    const given = await ask[form.dataset.passkey](JSON.parse(form.dataset.options));
    form.elements.answer.value = JSON.stringify(given.toJSON());
    form.submit();
  } catch (error) {
    button.disabled = false;
    tell(form, error.name === "InvalidStateError"
      ? "This device holds a passkey of yours already. Sign in with it."
      : "No passkey was given. Try again.");
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.addEventListener("submit", answer);
  form.querySelector("button[type=submit]").disabled = false;
}
