# What wixl cannot write into the package's database: one statement a line.
#
# Vietnamese texts.
UPDATE `LaunchCondition` SET `Description`='Máy này đã cài bản Kyso mới hơn.' WHERE `Condition`='Installed OR NOT NEWER_FOUND'
UPDATE `Property` SET `Value`='Ký số và kiểm tra chữ ký số' WHERE `Property`='ARPCOMMENTS'
UPDATE `Shortcut` SET `Description`='Ký số cho các trang văn phòng điện tử được phép' WHERE `Shortcut`='KysoShortcut'
#
# Browsers are told once files (4000) and registry values (5000) are in place.
INSERT INTO `InstallExecuteSequence` (`Action`, `Condition`, `Sequence`) VALUES ('TellBrowsers', 'NOT REMOVE', 5001)
#
# The policy folder belongs to the administrators: they and the system write
# (FA), people read (0x1200a9), and nothing is inherited from ProgramData, where
# everybody may make files.
CREATE TABLE `MsiLockPermissionsEx` (`MsiLockPermissionsEx` CHAR(72) NOT NULL, `LockObject` CHAR(72) NOT NULL, `Table` CHAR(32) NOT NULL, `SDDLText` LONGCHAR NOT NULL, `Condition` CHAR(255) PRIMARY KEY `MsiLockPermissionsEx`)
INSERT INTO `MsiLockPermissionsEx` (`MsiLockPermissionsEx`, `LockObject`, `Table`, `SDDLText`) VALUES ('PolicyFolder', 'POLICYDIR', 'CreateFolder', 'O:BAG:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)')
