mod files;
mod formats;
