// The eleven kinds of food, in the order of every model's outputs.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "tensor/error.h"

namespace backlight {

inline constexpr std::array<std::string_view, 11> kFoodClasses = {
    "Bread",         "Dairy product", "Dessert", "Egg",  "Fried food",     "Meat",
    "Noodles/Pasta", "Rice",          "Seafood", "Soup", "Vegetable/Fruit"};
inline constexpr int kFoodClassCount = static_cast<int>(kFoodClasses.size());

// The index 0..10 of a class by its name, spelled as in kFoodClasses. Error: an unknown name.
inline int class_index(std::string_view name) {
  for (std::size_t index = 0; index < kFoodClasses.size(); ++index) {
    if (kFoodClasses[index] == name) return static_cast<int>(index);
  }
  fail("there is no food class '", name, "': use one of the eleven, from Bread to Vegetable/Fruit");
}

}  // namespace backlight
