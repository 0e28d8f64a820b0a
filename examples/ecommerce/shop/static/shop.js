// Pages work without this file, but for the one that sets a new password.
"use strict";

for (const form of document.querySelectorAll("form[data-autosubmit]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

for (const form of document.querySelectorAll("form[data-reset]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch("/api/auth/reset", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(Object.fromEntries(new FormData(form))),
    });
    const problem = answer.ok ? null : await answer.json();
    form.querySelector("[role=status]").textContent = problem
      ? problem.error
      : "Your new password is set. You can sign in.";
  });
}
