// The version of the installed headers.
#pragma once

#define TUNIC_VERSION_MAJOR 0
#define TUNIC_VERSION_MINOR 1
#define TUNIC_VERSION_PATCH 0
#define TUNIC_VERSION "0.1.0"
