mod frontend;
mod kernel;
mod kernel_hostile;
mod tidy;
