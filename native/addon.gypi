# The build of the shipped addon: of a clone, of the prebuilds, and of an installed package. native/CMakeLists.txt builds the same
# sources for development, tests and sanitizers; both read sources.gypi.
{
  "includes": ["sources.gypi"],
  "variables": {
    # From where node-gyp runs; gyp makes the paths of variables that are named so relative to there.
    "native_dir": ".",
    # Set by scripts/prebuild: the libraries lie beside the addon.
    "bundle%": "<!(node -p \"process.env.RTMP_PUSHER_BUNDLE || 0\")"
  },
  "targets": [
    {
      "target_name": "rtmp_pusher",
      "sources": [
        "<@(system_files)", "<@(capture_files)", "<@(convert_files)", "<@(codec_files)", "<@(flv_files)", "<@(rtmp_files)",
        "<@(pipeline_files)", "<@(addon_files)"
      ],
      "include_dirs": ["."],
      "dependencies": ["<!(node -p \"require('node-addon-api').targets\"):node_addon_api_except_all"],
      "defines": ["<@(native_defines)"],
      "cflags": ["<@(native_cflags)", "<!@(node <(native_dir)/needs.mjs cflags)"],
      "cflags_cc!": ["-std=gnu++17", "-std=gnu++20", "-fno-rtti"],
      "cflags_cc": ["-std=c++20"],
      "libraries": ["<!@(node <(native_dir)/needs.mjs libs)", "-ldl", "-lpthread"],
      "conditions": [
        # DT_RPATH, not DT_RUNPATH: it also serves the libraries that the bundled ones need.
        ["bundle==1", { "ldflags": ["-Wl,--disable-new-dtags", "-Wl,-rpath,'$$ORIGIN'"] }]
      ]
    }
  ]
}
