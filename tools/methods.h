// The attribution methods as the program offers them: by name, with settings and checks spelled
// out for people and for result.json.
#pragma once

#include <string>
#include <vector>

#include "tools/explanation.h"

namespace backlight::tools {

// One method and one photo.
struct MethodRequest {
  const Model& model;
  Tensor x;  // [1,S,S,3]
  std::int64_t target;
  const ExplainOptions& options;
  Work work;
};

struct Method {
  std::string name;   // for --method
  std::string title;  // for people
  // Fills values, settings, checks and check_text.
  MapResult (*run)(const MethodRequest& request);
};

const std::vector<Method>& methods();

// The method of a name. Errors: there is none; the message says which are near.
const Method& find_method(const std::string& name);

// The baseline of Integrated Gradients for a photo: black, white, the photo's mean colour, or a
// picture resized to fit. Errors: as read_image.
Tensor baseline_for(const std::string& name, const Tensor& x);

}  // namespace backlight::tools
