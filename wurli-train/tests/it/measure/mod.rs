mod hum;
mod notes;
