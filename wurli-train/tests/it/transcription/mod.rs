mod mixtures;
mod performances;
