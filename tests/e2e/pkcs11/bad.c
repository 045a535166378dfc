/* SPDX-License-Identifier: Apache-2.0 */
/* A PKCS#11 module that misbehaves as $BAD_MODULE says. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <p11-kit/pkcs11.h>

static int is(const char *how)
{
	const char *bad = getenv("BAD_MODULE");

	return bad && strcmp(bad, how) == 0;
}

__attribute__((constructor)) static void loaded(void)
{
	if (is("early"))
		raise(SIGSEGV);
}

static CK_RV initialize(void *arguments)
{
	(void)arguments;
	fprintf(stderr, "noise of a module\n");
	if (is("crash"))
		raise(SIGSEGV);
	while (is("hang"))
		pause();
	if (is("exit"))
		exit(0);
	/* what a confined process may not do */
	if (is("escape") && (fopen("/tmp/certwalk-escaped", "w") ||
			     execl("/bin/true", "true", NULL) == 0))
		raise(SIGKILL);
	return is("refuse") ? CKR_DEVICE_ERROR : CKR_OK;
}

static CK_RV done(void *reserved)
{
	(void)reserved;
	return CKR_OK;
}

static CK_RV slots(CK_BBOOL present, CK_SLOT_ID *list, CK_ULONG *n)
{
	(void)present;
	if (list)
		list[0] = 1;
	*n = is("slots") ? (CK_ULONG)-1 : 1;
	return CKR_OK;
}

static CK_RV token(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	(void)slot;
	memset(info, 0xff, sizeof(*info));
	return CKR_OK;
}

static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *application,
			  CK_NOTIFY notify, CK_SESSION_HANDLE *ret)
{
	(void)slot, (void)flags, (void)application, (void)notify;
	*ret = 1;
	return CKR_OK;
}

static CK_RV close_session(CK_SESSION_HANDLE session)
{
	(void)session;
	return CKR_OK;
}

static CK_RV find_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE *want,
		       CK_ULONG n)
{
	(void)session, (void)want, (void)n;
	return CKR_OK;
}

static CK_RV find(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *list,
		  CK_ULONG most, CK_ULONG *n)
{
	(void)session;
	memset(list, 1, most * sizeof(*list));
	*n = is("objects") ? (CK_ULONG)-5 : most;
	return CKR_OK;
}

static CK_RV find_final(CK_SESSION_HANDLE session)
{
	(void)session;
	return CKR_OK;
}

static CK_RV attribute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
		       CK_ATTRIBUTE *a, CK_ULONG n)
{
	(void)session, (void)object, (void)n;
	a->ulValueLen = (CK_ULONG)1 << 60;
	return CKR_OK;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **ret)
{
	static CK_FUNCTION_LIST list = {
		.version = {2, 40},
		.C_Initialize = initialize,
		.C_Finalize = done,
		.C_GetSlotList = slots,
		.C_GetTokenInfo = token,
		.C_OpenSession = open_session,
		.C_CloseSession = close_session,
		.C_FindObjectsInit = find_init,
		.C_FindObjects = find,
		.C_FindObjectsFinal = find_final,
		.C_GetAttributeValue = attribute,
	};

	*ret = &list;
	return CKR_OK;
}
