mod cli;
mod frontend;
mod kernel;
mod kernel_hostile;
mod notebooks;
mod suite;
mod tidy;
