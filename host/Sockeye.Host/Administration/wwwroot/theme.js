// Light, dark, or as the system says; remembered in this browser.
const CHOICES = ["system", "light", "dark"];
const button = document.getElementById("theme");
let choice = CHOICES.includes(localStorage.getItem("theme")) ? localStorage.getItem("theme") : "system";

function apply() {
  if (choice === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  button.textContent = `Colours: ${choice}`;
  button.setAttribute("aria-label", `Colours: ${choice === "system" ? "as the system says" : choice}`);
}

button.addEventListener("click", () => {
  choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
  localStorage.setItem("theme", choice);
  apply();
});
apply();
