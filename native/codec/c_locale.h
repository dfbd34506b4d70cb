// Decimal points for a thread whose program writes decimal commas.
#pragma once

#include <clocale>  // with newlocale() and uselocale() of POSIX 2008

namespace codec {

/// The calling thread's locale is "C" for as long as this lives: a program may have called setlocale(), and then strtod() stops at the
/// point of "4.1" and printf() writes "23,0". Of use around what a library parses and prints; its own threads keep the program's locale.
class CLocale {
 public:
  CLocale() : c_(newlocale(LC_ALL_MASK, "C", nullptr)), before_(c_ ? uselocale(c_) : nullptr) {}
  CLocale(const CLocale&) = delete;
  CLocale& operator=(const CLocale&) = delete;
  ~CLocale() {
    if (!c_) return;
    uselocale(before_);
    freelocale(c_);
  }

 private:
  locale_t c_;  // null only where memory is out
  locale_t before_;
};

}  // namespace codec
