// The package's own version, as its package.json says: a test compares them. Not read from there, which a bundle does not have.
export const version = '0.1.0';
