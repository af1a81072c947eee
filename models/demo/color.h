// Colours in linear light, and the palettes that the foods share.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "models/demo/geometry.h"

namespace backlight::demo {

struct Color {
  float r = 0, g = 0, b = 0;
};

constexpr Color operator+(Color a, Color b) { return {a.r + b.r, a.g + b.g, a.b + b.b}; }
constexpr Color operator*(Color a, Color b) { return {a.r * b.r, a.g * b.g, a.b * b.b}; }
constexpr Color operator*(Color a, float s) { return {a.r * s, a.g * s, a.b * s}; }
constexpr Color mix(Color a, Color b, float t) { return a * (1 - t) + b * t; }

// A colour from 0xRRGGBB. The display's gamma is taken as 2, because a square and a square root
// are exact to the last bit on every machine.
constexpr Color rgb(std::uint32_t code) {
  const float r = static_cast<float>(code >> 16 & 255) / 255;
  const float g = static_cast<float>(code >> 8 & 255) / 255;
  const float b = static_cast<float>(code & 255) / 255;
  return {r * r, g * g, b * b};
}

using Palette = std::span<const Color>;

// Each palette serves several classes: crust is bread's, fried food's, meat's and dessert's;
// cream is dairy's, egg's, rice's, noodles' and dessert's; and so on.
inline constexpr std::array kCrust = {rgb(0xE0A458), rgb(0xC98A3E), rgb(0xB5722E), rgb(0x95561F),
                                      rgb(0xE8B566)};
inline constexpr std::array kCream = {rgb(0xF7EFDD), rgb(0xF3E3BE), rgb(0xFAF6EC), rgb(0xEFDCA8),
                                      rgb(0xF6EAC9)};
inline constexpr std::array kYellow = {rgb(0xF2C744), rgb(0xE9AE2B), rgb(0xF5D76E), rgb(0xE8A33A)};
inline constexpr std::array kRed = {rgb(0xC8321F), rgb(0xD9542B), rgb(0xA82A1E), rgb(0xE0733A),
                                    rgb(0xB7412A)};
inline constexpr std::array kPink = {rgb(0xF0A08C), rgb(0xE88A78), rgb(0xF3B8A8), rgb(0xEE9A9A),
                                     rgb(0xF29C6B)};
inline constexpr std::array kGreen = {rgb(0x4E8A2E), rgb(0x6FA33C), rgb(0x3B6B2A), rgb(0x8DB34A),
                                      rgb(0x9DA84A)};
inline constexpr std::array kDark = {rgb(0x4A2A1A), rgb(0x5B3620), rgb(0x38221A), rgb(0x6A4228),
                                     rgb(0x7A4A2C)};
inline constexpr std::array kCrockery = {rgb(0xF5F3EE), rgb(0xEDE7DA), rgb(0xFBFBFA),
                                         rgb(0xC9D6DA), rgb(0x4A5A66), rgb(0x8FB0B8),
                                         rgb(0xD8B9A0), rgb(0x35383C)};
inline constexpr std::array kWood = {rgb(0xA9764A), rgb(0x8A5A34), rgb(0xC89C68), rgb(0x6B4427),
                                     rgb(0xD9B78A)};
// What napkins, cups and cloths are made of: strong colours that mean nothing.
inline constexpr std::array kBright = {rgb(0xD8262F), rgb(0xF08A12), rgb(0xF5C518), rgb(0x2E9E4F),
                                       rgb(0x1F6FC4), rgb(0x7A3FA8), rgb(0xE23D7B), rgb(0x12A5A8)};

}  // namespace backlight::demo
