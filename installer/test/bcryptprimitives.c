/* Stands in for a system library that older versions of wine lack and that
   every Go program asks for at its start. For tests under wine only; never
   shipped. */
#include <windows.h>
#include <ntsecapi.h> /* RtlGenRandom */

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size)
{
	return RtlGenRandom(data, size);
}
