// The attribution methods as the program offers them: by name, with settings and checks spelled
// out for people and for result.json.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tools/explanation.h"

namespace backlight::tools {

// One method and one photo.
struct MethodRequest {
  const Model& model;
  Tensor x;  // [1,S,S,3]
  std::int64_t target;
  const ExplainOptions& options;
  Work work = {};
  const std::vector<std::string>& class_names = {};
  std::string last_features = {};  // the name of the last convolution's output, "cnn.36"
};

struct Method {
  std::string name;   // for --method
  std::string title;  // for people
  // Fills values, settings, checks and check_text.
  MapResult (*run)(const MethodRequest& request);
  MethodText text;                                         // of the paper's formula
  std::vector<std::pair<Variant, MethodText>> texts = {};  // of variants that mean something else
  bool by_default = false;  // whether `explain` runs it where --method is not given

  const MethodText& text_in(Variant variant) const;
};

// In the order of the report.
const std::vector<Method>& methods();

// The method of a name. Errors: there is none; the message says which are near.
const Method& find_method(const std::string& name);

// What --method means: the names given, each once; all there are for "all"; those that run by
// default for none. Errors: an unknown name.
std::vector<const Method*> choose_methods(const std::vector<std::string>& names);

}  // namespace backlight::tools
