//! Tests of the whole room: what people can count by hand, what must always hold, what the files must say.

mod examples;
mod files;
mod properties;
