// The native test program's main(). In a file and library of its own: doctest's implementation takes a minute to compile under
// sanitizers, and nothing of it needs them.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
