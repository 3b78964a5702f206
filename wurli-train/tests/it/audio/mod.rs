mod damaged;
mod files;
mod formats;
