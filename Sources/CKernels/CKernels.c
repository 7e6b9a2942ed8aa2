// The functions of this target are inline in its header.
#include "CKernels.h"
