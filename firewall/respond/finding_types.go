package respond

import "strings"

// A Severity is a level of severities of findings.
type Severity string

// The levels ("Severity levels of GuardDuty findings" in the GuardDuty user guide).
const (
	Low      Severity = "Low"      // 1 to 3.9
	Medium   Severity = "Medium"   // 4 to 6.9
	High     Severity = "High"     // 7 to 8.9
	Critical Severity = "Critical" // 9 to 10
)

// span returns the lowest and the highest number of a level.
func (s Severity) span() (from, to float64) {
	switch s {
	case Low:
		return 1, 3.9
	case Medium:
		return 4, 6.9
	case High:
		return 7, 8.9
	}
	return 9, 10
}

// A FindingType is a type of findings of GuardDuty.
type FindingType struct {
	Name     string   `json:"name"`
	Resource string   `json:"resource"` // EC2, IAM, S3, Lambda, Runtime, Kubernetes, Malware, RDS or Attack sequence
	Severity Severity `json:"severity"` // its default

	// Varies: the severity depends on the circumstances of a finding.
	Varies bool `json:"varies,omitempty"`

	// RemoteAddress, Domain and Instance are what findings of the type can name. Those
	// about containers name an instance only where they run on one.
	RemoteAddress bool `json:"remoteAddress,omitempty"`
	Domain        bool `json:"domain,omitempty"`
	Instance      bool `json:"instance,omitempty"`

	// Unverified: the severity, and what findings name, could not be checked against
	// the user guide itself.
	Unverified bool `json:"unverified,omitempty"`
}

// FindingTypesAsOf is the date of the list of types.
const FindingTypesAsOf = "2025-12-26"

// FindingTypes returns the active types that this library knows, in the order of their
// resources: "GuardDuty active finding types" in the GuardDuty user guide as listed
// on [FindingTypesAsOf]. Severities and data sources are those of the page's version of
// 2022; types that are newer than that, or whose severity has changed, are unverified. What
// is missing: the types of Custom Detection Rules, which came in 2026. What a finding
// names follows from its data source: flow logs, CloudTrail, audit logs and logins have an
// address, DNS logs a domain.
func FindingTypes() []FindingType {
	types := make([]FindingType, len(findingTypes))
	for i, t := range findingTypes {
		has := func(letter string) bool { return strings.Contains(t.has, letter) }
		types[i] = FindingType{t.name, t.resource, t.severity, has("*"), has("a"), has("d"), has("i"), has("u")}
	}
	return types
}

// findingTypes have a letter for what their findings name: a remote address, a domain,
// an instance. * is for a severity that varies, u for what is unverified.
var findingTypes = []struct {
	name, resource string
	severity       Severity
	has            string
}{
	// EC2
	{"Backdoor:EC2/C&CActivity.B", "EC2", High, "ai"},
	{"Backdoor:EC2/C&CActivity.B!DNS", "EC2", High, "di"},
	{"Backdoor:EC2/DenialOfService.Dns", "EC2", High, "ai"},
	{"Backdoor:EC2/DenialOfService.Tcp", "EC2", High, "ai"},
	{"Backdoor:EC2/DenialOfService.Udp", "EC2", High, "ai"},
	{"Backdoor:EC2/DenialOfService.UdpOnTcpPorts", "EC2", High, "ai"},
	{"Backdoor:EC2/DenialOfService.UnusualProtocol", "EC2", High, "ai"},
	{"Backdoor:EC2/Spambot", "EC2", Medium, "ai"},
	{"Behavior:EC2/NetworkPortUnusual", "EC2", Medium, "ai"},
	{"Behavior:EC2/TrafficVolumeUnusual", "EC2", Medium, "ai"},
	{"CryptoCurrency:EC2/BitcoinTool.B", "EC2", High, "ai"},
	{"CryptoCurrency:EC2/BitcoinTool.B!DNS", "EC2", High, "di"},
	{"DefenseEvasion:EC2/UnusualDNSResolver", "EC2", Medium, "aiu"},
	{"DefenseEvasion:EC2/UnusualDoHActivity", "EC2", Medium, "aiu"},
	{"DefenseEvasion:EC2/UnusualDoTActivity", "EC2", Medium, "ai"},
	{"Impact:EC2/AbusedDomainRequest.Reputation", "EC2", Medium, "di"},
	{"Impact:EC2/BitcoinDomainRequest.Reputation", "EC2", High, "di"},
	{"Impact:EC2/MaliciousDomainRequest.Custom", "EC2", Medium, "diu"},
	{"Impact:EC2/MaliciousDomainRequest.Reputation", "EC2", High, "di"},
	{"Impact:EC2/PortSweep", "EC2", High, "ai"},
	{"Impact:EC2/SuspiciousDomainRequest.Reputation", "EC2", Low, "di"},
	{"Impact:EC2/WinRMBruteForce", "EC2", Low, "*ai"},
	{"Recon:EC2/PortProbeEMRUnprotectedPort", "EC2", High, "ai"},
	{"Recon:EC2/PortProbeUnprotectedPort", "EC2", Low, "*ai"},
	{"Recon:EC2/Portscan", "EC2", Medium, "ai"},
	{"Trojan:EC2/BlackholeTraffic", "EC2", Medium, "ai"},
	{"Trojan:EC2/BlackholeTraffic!DNS", "EC2", Medium, "di"},
	{"Trojan:EC2/DGADomainRequest.B", "EC2", High, "di"},
	{"Trojan:EC2/DGADomainRequest.C!DNS", "EC2", High, "di"},
	{"Trojan:EC2/DNSDataExfiltration", "EC2", High, "di"},
	{"Trojan:EC2/DriveBySourceTraffic!DNS", "EC2", High, "di"},
	{"Trojan:EC2/DropPoint", "EC2", Medium, "ai"},
	{"Trojan:EC2/DropPoint!DNS", "EC2", Medium, "di"},
	{"Trojan:EC2/PhishingDomainRequest!DNS", "EC2", High, "di"},
	{"UnauthorizedAccess:EC2/MaliciousIPCaller.Custom", "EC2", Medium, "ai"},
	{"UnauthorizedAccess:EC2/MetadataDNSRebind", "EC2", High, "di"},
	{"UnauthorizedAccess:EC2/RDPBruteForce", "EC2", Low, "*ai"},
	{"UnauthorizedAccess:EC2/SSHBruteForce", "EC2", Low, "*ai"},
	{"UnauthorizedAccess:EC2/TorClient", "EC2", High, "ai"},
	{"UnauthorizedAccess:EC2/TorRelay", "EC2", High, "ai"},
	// IAM
	{"CredentialAccess:IAMUser/AnomalousBehavior", "IAM", Medium, "a"},
	{"DefenseEvasion:IAMUser/AnomalousBehavior", "IAM", Medium, "a"},
	{"DefenseEvasion:IAMUser/BedrockLoggingDisabled", "IAM", Low, "*au"},
	{"Discovery:IAMUser/AnomalousBehavior", "IAM", Low, "a"},
	{"Exfiltration:IAMUser/AnomalousBehavior", "IAM", High, "a"},
	{"Impact:IAMUser/AnomalousBehavior", "IAM", High, "a"},
	{"InitialAccess:IAMUser/AnomalousBehavior", "IAM", Medium, "a"},
	{"PenTest:IAMUser/KaliLinux", "IAM", Medium, "a"},
	{"PenTest:IAMUser/ParrotLinux", "IAM", Medium, "a"},
	{"PenTest:IAMUser/PentooLinux", "IAM", Medium, "a"},
	{"Persistence:IAMUser/AnomalousBehavior", "IAM", Medium, "a"},
	{"Policy:IAMUser/RootCredentialUsage", "IAM", Low, "a"},
	{"Policy:IAMUser/ShortTermRootCredentialUsage", "IAM", Low, "au"},
	{"PrivilegeEscalation:IAMUser/AnomalousBehavior", "IAM", Medium, "a"},
	{"Recon:IAMUser/MaliciousIPCaller", "IAM", Medium, "a"},
	{"Recon:IAMUser/MaliciousIPCaller.Custom", "IAM", Medium, "a"},
	{"Recon:IAMUser/TorIPCaller", "IAM", Medium, "a"},
	{"Stealth:IAMUser/CloudTrailLoggingDisabled", "IAM", Low, "a"},
	{"Stealth:IAMUser/PasswordPolicyChange", "IAM", Low, "*a"},
	{"UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B", "IAM", Medium, "a"},
	{"UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.InsideAWS", "IAM", High, "*au"},
	{"UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS", "IAM", High, "a"},
	{"UnauthorizedAccess:IAMUser/MaliciousIPCaller", "IAM", Medium, "a"},
	{"UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom", "IAM", Medium, "a"},
	{"UnauthorizedAccess:IAMUser/ResourceCredentialExfiltration.OutsideAWS", "IAM", High, "au"},
	{"UnauthorizedAccess:IAMUser/TorIPCaller", "IAM", Medium, "a"},
	// S3
	{"Discovery:S3/AnomalousBehavior", "S3", Low, "au"},
	{"Discovery:S3/MaliciousIPCaller", "S3", High, "a"},
	{"Discovery:S3/MaliciousIPCaller.Custom", "S3", High, "a"},
	{"Discovery:S3/TorIPCaller", "S3", Medium, "a"},
	{"Exfiltration:S3/AnomalousBehavior", "S3", High, "au"},
	{"Exfiltration:S3/MaliciousIPCaller", "S3", High, "a"},
	{"Impact:S3/AnomalousBehavior.Delete", "S3", High, "au"},
	{"Impact:S3/AnomalousBehavior.Permission", "S3", High, "au"},
	{"Impact:S3/AnomalousBehavior.Write", "S3", Medium, "au"},
	{"Impact:S3/MaliciousIPCaller", "S3", High, "a"},
	{"Object:S3/MaliciousFile", "S3", High, "u"},
	{"PenTest:S3/KaliLinux", "S3", Medium, "a"},
	{"PenTest:S3/ParrotLinux", "S3", Medium, "a"},
	{"PenTest:S3/PentooLinux", "S3", Medium, "a"},
	{"Policy:S3/AccountBlockPublicAccessDisabled", "S3", Low, "a"},
	{"Policy:S3/BucketAnonymousAccessGranted", "S3", High, "a"},
	{"Policy:S3/BucketBlockPublicAccessDisabled", "S3", Low, "a"},
	{"Policy:S3/BucketPublicAccessGranted", "S3", High, "a"},
	{"Stealth:S3/ServerAccessLoggingDisabled", "S3", Low, "a"},
	{"UnauthorizedAccess:S3/MaliciousIPCaller.Custom", "S3", High, "a"},
	{"UnauthorizedAccess:S3/TorIPCaller", "S3", High, "a"},
	// Lambda
	{"Backdoor:Lambda/C&CActivity.B", "Lambda", High, "au"},
	{"CryptoCurrency:Lambda/BitcoinTool.B", "Lambda", High, "au"},
	{"Trojan:Lambda/BlackholeTraffic", "Lambda", Medium, "au"},
	{"Trojan:Lambda/DropPoint", "Lambda", Medium, "au"},
	{"UnauthorizedAccess:Lambda/MaliciousIPCaller.Custom", "Lambda", Medium, "au"},
	{"UnauthorizedAccess:Lambda/TorClient", "Lambda", High, "au"},
	{"UnauthorizedAccess:Lambda/TorRelay", "Lambda", High, "au"},
	// Runtime
	{"Backdoor:Runtime/C&CActivity.B", "Runtime", High, "aiu"},
	{"Backdoor:Runtime/C&CActivity.B!DNS", "Runtime", High, "diu"},
	{"CryptoCurrency:Runtime/BitcoinTool.B", "Runtime", High, "aiu"},
	{"CryptoCurrency:Runtime/BitcoinTool.B!DNS", "Runtime", High, "diu"},
	{"DefenseEvasion:Runtime/FilelessExecution", "Runtime", Medium, "iu"},
	{"DefenseEvasion:Runtime/KernelModuleLoaded", "Runtime", High, "iu"},
	{"DefenseEvasion:Runtime/ProcessInjection.Proc", "Runtime", High, "iu"},
	{"DefenseEvasion:Runtime/ProcessInjection.Ptrace", "Runtime", Medium, "iu"},
	{"DefenseEvasion:Runtime/ProcessInjection.VirtualMemoryWrite", "Runtime", High, "iu"},
	{"DefenseEvasion:Runtime/PtraceAntiDebugging", "Runtime", Low, "iu"},
	{"DefenseEvasion:Runtime/SuspiciousCommand", "Runtime", High, "iu"},
	{"Discovery:Runtime/SuspiciousCommand", "Runtime", Low, "iu"},
	{"Execution:Runtime/MaliciousFileExecuted", "Runtime", High, "iu"},
	{"Execution:Runtime/NewBinaryExecuted", "Runtime", Medium, "iu"},
	{"Execution:Runtime/NewLibraryLoaded", "Runtime", Medium, "iu"},
	{"Execution:Runtime/ReverseShell", "Runtime", High, "aiu"},
	{"Execution:Runtime/SuspiciousCommand", "Runtime", Low, "*iu"},
	{"Execution:Runtime/SuspiciousShellCreated", "Runtime", Low, "iu"},
	{"Execution:Runtime/SuspiciousTool", "Runtime", Low, "*iu"},
	{"Impact:Runtime/AbusedDomainRequest.Reputation", "Runtime", Medium, "diu"},
	{"Impact:Runtime/BitcoinDomainRequest.Reputation", "Runtime", High, "diu"},
	{"Impact:Runtime/CryptoMinerExecuted", "Runtime", High, "iu"},
	{"Impact:Runtime/MaliciousDomainRequest.Reputation", "Runtime", Medium, "diu"},
	{"Impact:Runtime/SuspiciousDomainRequest.Reputation", "Runtime", Low, "diu"},
	{"Persistence:Runtime/SuspiciousCommand", "Runtime", Medium, "iu"},
	{"PrivilegeEscalation:Runtime/CGroupsReleaseAgentModified", "Runtime", High, "iu"},
	{"PrivilegeEscalation:Runtime/ContainerMountsHostDirectory", "Runtime", Medium, "iu"},
	{"PrivilegeEscalation:Runtime/DockerSocketAccessed", "Runtime", Medium, "iu"},
	{"PrivilegeEscalation:Runtime/ElevationToRoot", "Runtime", Medium, "iu"},
	{"PrivilegeEscalation:Runtime/RuncContainerEscape", "Runtime", High, "iu"},
	{"PrivilegeEscalation:Runtime/SuspiciousCommand", "Runtime", Medium, "iu"},
	{"PrivilegeEscalation:Runtime/UserfaultfdUsage", "Runtime", Medium, "iu"},
	{"Trojan:Runtime/BlackholeTraffic", "Runtime", Medium, "aiu"},
	{"Trojan:Runtime/BlackholeTraffic!DNS", "Runtime", Medium, "diu"},
	{"Trojan:Runtime/DGADomainRequest.C!DNS", "Runtime", High, "diu"},
	{"Trojan:Runtime/DriveBySourceTraffic!DNS", "Runtime", High, "diu"},
	{"Trojan:Runtime/DropPoint", "Runtime", Medium, "aiu"},
	{"Trojan:Runtime/DropPoint!DNS", "Runtime", Medium, "diu"},
	{"Trojan:Runtime/PhishingDomainRequest!DNS", "Runtime", High, "diu"},
	{"UnauthorizedAccess:Runtime/MetadataDNSRebind", "Runtime", High, "diu"},
	{"UnauthorizedAccess:Runtime/TorClient", "Runtime", High, "aiu"},
	{"UnauthorizedAccess:Runtime/TorRelay", "Runtime", High, "aiu"},
	// Kubernetes
	{"CredentialAccess:Kubernetes/AnomalousBehavior.SecretsAccessed", "Kubernetes", Medium, "au"},
	{"CredentialAccess:Kubernetes/MaliciousIPCaller", "Kubernetes", High, "au"},
	{"CredentialAccess:Kubernetes/MaliciousIPCaller.Custom", "Kubernetes", High, "au"},
	{"CredentialAccess:Kubernetes/SuccessfulAnonymousAccess", "Kubernetes", High, "au"},
	{"CredentialAccess:Kubernetes/TorIPCaller", "Kubernetes", High, "au"},
	{"DefenseEvasion:Kubernetes/MaliciousIPCaller", "Kubernetes", High, "au"},
	{"DefenseEvasion:Kubernetes/MaliciousIPCaller.Custom", "Kubernetes", High, "au"},
	{"DefenseEvasion:Kubernetes/SuccessfulAnonymousAccess", "Kubernetes", High, "au"},
	{"DefenseEvasion:Kubernetes/TorIPCaller", "Kubernetes", High, "au"},
	{"Discovery:Kubernetes/AnomalousBehavior.PermissionChecked", "Kubernetes", Low, "au"},
	{"Discovery:Kubernetes/MaliciousIPCaller", "Kubernetes", Medium, "au"},
	{"Discovery:Kubernetes/MaliciousIPCaller.Custom", "Kubernetes", Medium, "au"},
	{"Discovery:Kubernetes/SuccessfulAnonymousAccess", "Kubernetes", Medium, "au"},
	{"Discovery:Kubernetes/TorIPCaller", "Kubernetes", Medium, "au"},
	{"Execution:Kubernetes/AnomalousBehavior.ExecInPod", "Kubernetes", Medium, "au"},
	{"Execution:Kubernetes/AnomalousBehavior.WorkloadDeployed", "Kubernetes", Low, "au"},
	{"Execution:Kubernetes/ExecInKubeSystemPod", "Kubernetes", Medium, "au"},
	{"Impact:Kubernetes/MaliciousIPCaller", "Kubernetes", High, "au"},
	{"Impact:Kubernetes/MaliciousIPCaller.Custom", "Kubernetes", High, "au"},
	{"Impact:Kubernetes/SuccessfulAnonymousAccess", "Kubernetes", High, "au"},
	{"Impact:Kubernetes/TorIPCaller", "Kubernetes", High, "au"},
	{"Persistence:Kubernetes/AnomalousBehavior.WorkloadDeployed!ContainerWithSensitiveMount", "Kubernetes", High, "au"},
	{"Persistence:Kubernetes/ContainerWithSensitiveMount", "Kubernetes", Medium, "au"},
	{"Persistence:Kubernetes/MaliciousIPCaller", "Kubernetes", Medium, "au"},
	{"Persistence:Kubernetes/MaliciousIPCaller.Custom", "Kubernetes", Medium, "au"},
	{"Persistence:Kubernetes/SuccessfulAnonymousAccess", "Kubernetes", High, "au"},
	{"Persistence:Kubernetes/TorIPCaller", "Kubernetes", Medium, "au"},
	{"Policy:Kubernetes/AdminAccessToDefaultServiceAccount", "Kubernetes", High, "au"},
	{"Policy:Kubernetes/AnonymousAccessGranted", "Kubernetes", High, "au"},
	{"Policy:Kubernetes/ExposedDashboard", "Kubernetes", Medium, "au"},
	{"Policy:Kubernetes/KubeflowDashboardExposed", "Kubernetes", Medium, "au"},
	{"PrivilegeEscalation:Kubernetes/AnomalousBehavior.RoleBindingCreated", "Kubernetes", Medium, "*au"},
	{"PrivilegeEscalation:Kubernetes/AnomalousBehavior.RoleCreated", "Kubernetes", Low, "au"},
	{"PrivilegeEscalation:Kubernetes/AnomalousBehavior.WorkloadDeployed!PrivilegedContainer", "Kubernetes", High, "au"},
	{"PrivilegeEscalation:Kubernetes/PrivilegedContainer", "Kubernetes", Medium, "au"},
	// Malware
	{"Execution:Container/MaliciousFile", "Malware", High, "*u"},
	{"Execution:Container/SuspiciousFile", "Malware", High, "*u"},
	{"Execution:EC2/MaliciousFile", "Malware", High, "*iu"},
	{"Execution:EC2/MaliciousFile!AMI", "Malware", High, "*u"},
	{"Execution:EC2/MaliciousFile!RecoveryPoint", "Malware", High, "*u"},
	{"Execution:EC2/MaliciousFile!Snapshot", "Malware", High, "*u"},
	{"Execution:EC2/SuspiciousFile", "Malware", High, "*iu"},
	{"Execution:ECS/MaliciousFile", "Malware", High, "*u"},
	{"Execution:ECS/SuspiciousFile", "Malware", High, "*u"},
	{"Execution:Kubernetes/MaliciousFile", "Malware", High, "*u"},
	{"Execution:Kubernetes/SuspiciousFile", "Malware", High, "*u"},
	{"Execution:S3/MaliciousFile!RecoveryPoint", "Malware", High, "*u"},
	// RDS
	{"CredentialAccess:RDS/AnomalousBehavior.FailedLogin", "RDS", Low, "au"},
	{"CredentialAccess:RDS/AnomalousBehavior.SuccessfulBruteForce", "RDS", High, "au"},
	{"CredentialAccess:RDS/AnomalousBehavior.SuccessfulLogin", "RDS", Low, "*au"},
	{"CredentialAccess:RDS/MaliciousIPCaller.FailedLogin", "RDS", Medium, "au"},
	{"CredentialAccess:RDS/MaliciousIPCaller.SuccessfulLogin", "RDS", High, "au"},
	{"CredentialAccess:RDS/TorIPCaller.FailedLogin", "RDS", Medium, "au"},
	{"CredentialAccess:RDS/TorIPCaller.SuccessfulLogin", "RDS", High, "au"},
	{"Discovery:RDS/MaliciousIPCaller", "RDS", Medium, "au"},
	{"Discovery:RDS/TorIPCaller", "RDS", Medium, "au"},
	// Attack sequence
	{"AttackSequence:EC2/CompromisedInstanceGroup", "Attack sequence", Critical, "adu"},
	{"AttackSequence:ECS/CompromisedCluster", "Attack sequence", Critical, "adu"},
	{"AttackSequence:EKS/CompromisedCluster", "Attack sequence", Critical, "adu"},
	{"AttackSequence:IAM/CompromisedCredentials", "Attack sequence", Critical, "adu"},
	{"AttackSequence:S3/CompromisedData", "Attack sequence", Critical, "adu"},
}
