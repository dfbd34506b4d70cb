# Builds the addon of an installed package into native/build/, on request: `npm run build:native` (see README.md).
{ "includes": ["addon.gypi"] }
