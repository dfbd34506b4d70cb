# Builds the addon of a clone into build/. Not packed: package managers take a binding.gyp beside package.json for a request to run
# node-gyp when the package is installed.
{ "includes": ["native/addon.gypi"] }
