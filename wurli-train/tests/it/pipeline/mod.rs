mod folder;
mod shipped;
mod takes;
