/*
 * The part of faulty.c that misbehaves at any call, while a file lies beside it:
 *
 *   crash-at-C_XXX     the call crashes
 *   hang-at-C_XXX      the call never returns
 *   nonsense-at-C_XXX  the call is not made, and answered with the number N that
 *                      the file holds: where it gives a list, a value or a
 *                      signature, CKR_OK and that N items or bytes are there, of
 *                      which none is written; where it gives a handle, CKR_OK and
 *                      N; C_GetTokenInfo, CKR_OK, texts that are not UTF-8 and all
 *                      numbers N; any other, N as its return code
 *
 * for each function that Kyso calls. Nothing is written where no room is. It
 * appends a letter to "inits" for each C_Initialize that it answers with nonsense.
 */
enum {
	FINALIZE = 1, OPEN_SESSION = 12, CLOSE_SESSION = 13, GET_SESSION_INFO = 15, LOGOUT = 19,
	FIND_OBJECTS_INIT = 26, FIND_OBJECTS = 27, FIND_OBJECTS_FINAL = 28, SIGN_INIT = 42
};

static void *before[68]; /* what each call was without these faults */

static int nonsense(const char *call, ulong_t *n)
{
	char name[64];
	snprintf(name, sizeof name, "crash-at-%s", call);
	if (on(name)) crash();
	snprintf(name, sizeof name, "hang-at-%s", call);
	if (on(name)) hang();
	snprintf(name, sizeof name, "nonsense-at-%s", call);
	FILE *f = fopen(path(name), "r");
	if (!f) return 0;
	if (fscanf(f, "%lu", n) != 1) *n = 0;
	fclose(f);
	return 1;
}

/* Six registers are handed on whatever the call takes: five at most. */
#define PARAMETERS ulong_t a, ulong_t b, ulong_t c, ulong_t d, ulong_t e, ulong_t g
#define ANY(INDEX, NAME, ANSWER) \
static ulong_t any_##INDEX(PARAMETERS) \
{ \
	ulong_t n; \
	if (nonsense(NAME, &n)) { ANSWER; } \
	return ((ulong_t (*)(PARAMETERS))before[INDEX])(a, b, c, d, e, g); \
}
#define SET(WHERE) *(ulong_t *)(WHERE) = n; return 0

static ulong_t odd_info(ulong_t slot, unsigned char *info, ulong_t n)
{
	ulong_t rv = ((ulong_t (*)(ulong_t, void *))before[GET_TOKEN_INFO])(slot, info);
	if (rv) return rv;
	memset(info, 0xE9, 12); /* a label in Latin-1 */
	info[12] = 0; info[13] = 7; info[14] = 0x1B;
	memset(info + 32, 0xFF, 32 + 16); /* manufacturer, model */
	info[80] = 0xC0; /* the serial number, in part */
	for (int i = 1; i <= 10; i++) ((ulong_t *)(info + 96))[i] = n;
	return 0;
}

ANY(INITIALIZE, "C_Initialize", note("inits"); return n)
ANY(FINALIZE, "C_Finalize", return n)
ANY(GET_SLOT_LIST, "C_GetSlotList", SET(c))
ANY(GET_TOKEN_INFO, "C_GetTokenInfo", return odd_info(a, (unsigned char *)b, n))
ANY(GET_MECHANISM_LIST, "C_GetMechanismList", SET(c))
ANY(INIT_PIN, "C_InitPIN", return n)
ANY(SET_PIN, "C_SetPIN", return n)
ANY(OPEN_SESSION, "C_OpenSession", SET(e))
ANY(CLOSE_SESSION, "C_CloseSession", return n)
ANY(GET_SESSION_INFO, "C_GetSessionInfo", return n)
ANY(LOGIN, "C_Login", return n)
ANY(LOGOUT, "C_Logout", return n)
ANY(CREATE_OBJECT, "C_CreateObject", SET(d))
ANY(DESTROY_OBJECT, "C_DestroyObject", return n)
ANY(GET_ATTRIBUTE_VALUE, "C_GetAttributeValue", ((struct attribute *)c)->length = n; return 0)
ANY(SET_ATTRIBUTE_VALUE, "C_SetAttributeValue", return n)
ANY(FIND_OBJECTS_INIT, "C_FindObjectsInit", return n)
ANY(FIND_OBJECTS, "C_FindObjects", SET(d))
ANY(FIND_OBJECTS_FINAL, "C_FindObjectsFinal", return n)
ANY(SIGN_INIT, "C_SignInit", return n)
ANY(SIGN, "C_Sign", SET(e))
ANY(WAIT_FOR_SLOT_EVENT, "C_WaitForSlotEvent", SET(b))

static void any_faults(void)
{
	memcpy(before, list.f, sizeof before);
#define HOOK(INDEX) list.f[INDEX] = any_##INDEX
	HOOK(INITIALIZE); HOOK(FINALIZE); HOOK(GET_SLOT_LIST); HOOK(GET_TOKEN_INFO); HOOK(GET_MECHANISM_LIST);
	HOOK(INIT_PIN); HOOK(SET_PIN); HOOK(OPEN_SESSION); HOOK(CLOSE_SESSION); HOOK(GET_SESSION_INFO);
	HOOK(LOGIN); HOOK(LOGOUT); HOOK(CREATE_OBJECT); HOOK(DESTROY_OBJECT); HOOK(GET_ATTRIBUTE_VALUE);
	HOOK(SET_ATTRIBUTE_VALUE); HOOK(FIND_OBJECTS_INIT); HOOK(FIND_OBJECTS); HOOK(FIND_OBJECTS_FINAL);
	HOOK(SIGN_INIT); HOOK(SIGN); HOOK(WAIT_FOR_SLOT_EVENT);
}
