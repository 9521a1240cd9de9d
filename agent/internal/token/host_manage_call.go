//go:build cgo

package token

/*
#cgo linux LDFLAGS: -ldl

// The calls that take a PIN, made with the caller's own bytes and with NULL
// where there is none. The wrapper copies PINs to the C heap, leaves them there,
// and cannot say NULL to C_SetPIN and C_InitPIN, which a PIN pad wants
// (PKCS #11 v2.40, 5.5).

typedef unsigned long kyso_ulong;

#ifdef _WIN32
#include <windows.h>
#pragma pack(push, 1)
#else
#include <dlfcn.h>
#endif
struct kyso_functions { unsigned char version[2]; void *call[68]; };
#ifdef _WIN32
#pragma pack(pop)
#endif

// The order of CK_FUNCTION_LIST.
enum { KYSO_INIT_PIN = 10, KYSO_SET_PIN = 11, KYSO_LOGIN = 18 };

// kyso_list finds the functions of a library that is loaded already.
static struct kyso_functions *kyso_list(const char *path)
{
	struct kyso_functions *list = 0;
	kyso_ulong (*get)(struct kyso_functions **);
#ifdef _WIN32
	HMODULE library = LoadLibraryA(path);
	if (!library) return 0;
	get = (kyso_ulong (*)(struct kyso_functions **))(void *)GetProcAddress(library, "C_GetFunctionList");
#else
	void *library = dlopen(path, RTLD_LAZY);
	if (!library) return 0;
	get = (kyso_ulong (*)(struct kyso_functions **))dlsym(library, "C_GetFunctionList");
#endif
	if (!get || get(&list)) return 0;
	return list;
}

static kyso_ulong kyso_login(struct kyso_functions *list, kyso_ulong session, kyso_ulong user, unsigned char *pin, kyso_ulong length)
{
	return ((kyso_ulong (*)(kyso_ulong, kyso_ulong, unsigned char *, kyso_ulong))list->call[KYSO_LOGIN])(session, user, pin, length);
}

static kyso_ulong kyso_init_pin(struct kyso_functions *list, kyso_ulong session, unsigned char *pin, kyso_ulong length)
{
	return ((kyso_ulong (*)(kyso_ulong, unsigned char *, kyso_ulong))list->call[KYSO_INIT_PIN])(session, pin, length);
}

static kyso_ulong kyso_set_pin(struct kyso_functions *list, kyso_ulong session, unsigned char *old, kyso_ulong old_length, unsigned char *pin, kyso_ulong length)
{
	return ((kyso_ulong (*)(kyso_ulong, unsigned char *, kyso_ulong, unsigned char *, kyso_ulong))list->call[KYSO_SET_PIN])(session, old, old_length, pin, length);
}
*/
import "C"

import (
	"unsafe"

	"github.com/miekg/pkcs11"
)

// pinCalls are the functions of a library that take PINs. A nil PIN is NULL: it
// is typed on the token.
type pinCalls struct{ list *C.struct_kyso_functions }

func (l *vendorLibrary) pinCalls() (pinCalls, error) {
	path := append([]byte(l.path), 0)
	list := C.kyso_list((*C.char)(unsafe.Pointer(&path[0])))
	if list == nil {
		return pinCalls{}, fail(ErrModule, "load: no functions")
	}
	return pinCalls{list}, nil
}

func (c pinCalls) login(session pkcs11.SessionHandle, user uint, pin []byte) error {
	return code(C.kyso_login(c.list, C.kyso_ulong(session), C.kyso_ulong(user), bytesOf(pin), C.kyso_ulong(len(pin))))
}

func (c pinCalls) initPIN(session pkcs11.SessionHandle, pin []byte) error {
	return code(C.kyso_init_pin(c.list, C.kyso_ulong(session), bytesOf(pin), C.kyso_ulong(len(pin))))
}

func (c pinCalls) setPIN(session pkcs11.SessionHandle, old, pin []byte) error {
	return code(C.kyso_set_pin(c.list, C.kyso_ulong(session), bytesOf(old), C.kyso_ulong(len(old)), bytesOf(pin), C.kyso_ulong(len(pin))))
}

func bytesOf(b []byte) *C.uchar {
	if len(b) == 0 {
		return nil
	}
	return (*C.uchar)(unsafe.Pointer(&b[0]))
}

func code(rv C.kyso_ulong) error {
	if rv == pkcs11.CKR_OK {
		return nil
	}
	return pkcs11.Error(rv)
}
