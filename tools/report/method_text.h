// What the attribution methods compute, in a sentence, and who wrote them down first.
#pragma once

#include <string>

namespace backlight::tools {

struct Paper {
  const char* authors;
  const char* title;
  int year;
  const char* url;
};

struct MethodText {
  const char* what;   // one sentence
  const char* above;  // what a value above zero says of the class's score
  const char* below;  // and one below
  Paper paper;
};

// The text of a method ("integrated-gradients") in a variant ("paper", "notebook"); null for a
// method that has none.
const MethodText* method_text(const std::string& method, const std::string& variant);

}  // namespace backlight::tools
