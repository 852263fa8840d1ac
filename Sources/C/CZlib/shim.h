// zlib as Swift sees it. The macros that begin a stream are not imported; the functions behind them are.
#ifndef DISCORDCTL_CZLIB_SHIM_H
#define DISCORDCTL_CZLIB_SHIM_H
#include <zlib.h>
#endif
