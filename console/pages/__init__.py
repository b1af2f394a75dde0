"""Pages of the desk, a module for each part of it: parse what was asked, call one action, show what came back."""
