# The ladder: kernels/lab/*/*.cu, compiled as the kernels of kernels/cuda are, once for GPUs and once
# for the simulator; what climbs it; and the program that prints the climb. Built where something
# asks for it: ./start bench ladder, or the tests.

file(GLOB ladder_rungs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/kernels/lab/rungs.cu
  ${CMAKE_SOURCE_DIR}/kernels/lab/*/*.cu)
set(lab ${CMAKE_SOURCE_DIR}/kernels/lab)

add_library(backlight_lab STATIC EXCLUDE_FROM_ALL ${lab}/climb.cpp ${lab}/measure.cpp
  ${lab}/report.cpp)
target_link_libraries(backlight_lab PUBLIC backlight_kernels)
add_executable(backlight_ladder EXCLUDE_FROM_ALL ${lab}/main.cpp)
target_link_libraries(backlight_ladder PRIVATE backlight_lab)
set_target_properties(backlight_ladder PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

if(TARGET backlight_cuda)
  add_library(backlight_cuda_lab OBJECT EXCLUDE_FROM_ALL ${ladder_rungs} ${lab}/cuda_measure.cu)
  target_link_libraries(backlight_cuda_lab PRIVATE backlight_options)
  target_compile_options(backlight_cuda_lab PRIVATE
    $<$<BOOL:${BACKLIGHT_WERROR}>:-Werror=all-warnings>)
  target_sources(backlight_lab PRIVATE $<TARGET_OBJECTS:backlight_cuda_lab>)
  target_compile_definitions(backlight_lab PRIVATE BACKLIGHT_HAS_CUDA)
endif()
if(BACKLIGHT_SIM)
  # In a folder of its own, since a file's language is a property of the folder.
  add_subdirectory(kernels/lab)
  target_link_libraries(backlight_lab PUBLIC backlight_sim_lab)
  target_compile_definitions(backlight_lab PRIVATE BACKLIGHT_HAS_SIM)
endif()
