mod artifacts;
mod folder;
mod shipped;
mod takes;
