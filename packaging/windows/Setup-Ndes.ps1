#Requires -Version 5.1
<#
.SYNOPSIS
Prepares a Windows Server for NDES with a policy module: features, NDES itself, groups, rights, templates, limits, SPN.

.DESCRIPTION
Each step looks first and changes only what differs, so that the script may be run again and again. With -WhatIf it changes nothing
and lists what it would change. It ends with a table of all steps, and says whether the computer has to be restarted.

Nobody has run this script on a Windows Server yet; a parser alone has read it. Run it with -WhatIf first.

.PARAMETER ServiceAccount
The account of NDES, DOMAIN\name. It must be there already; it needs Read and Enroll on the template, and no rights of an administrator.

.PARAMETER CAConfig
The issuing CA, HOST\COMMON NAME, as `certutil -dump` shows it.

.PARAMETER Template
The name (not the display name) of the certificate template for all purposes.

.PARAMETER SignatureTemplate
The template for keys that sign only. Without it: Template.

.PARAMETER EncryptionTemplate
The template for keys that encrypt only. Without it: Template.

.PARAMETER HostName
The DNS name by which this server is called, for the SPN HTTP/name. Without it no SPN is set.

.PARAMETER ServiceAccountCredential
Name and password of the account, to install NDES. It is not needed where NDES is installed already.

.EXAMPLE
.\Setup-Ndes.ps1 -ServiceAccount CORP\svc-ndes -CAConfig 'ca.corp.example\Corp Issuing CA' -Template CorpDevice -WhatIf
#>
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
param(
    [Parameter(Mandatory = $true)][ValidatePattern('^[^\\]+\\[^\\]+$')][string]$ServiceAccount,
    [Parameter(Mandatory = $true)][ValidatePattern('^[^\\]+\\[^\\]+$')][string]$CAConfig,
    [Parameter(Mandatory = $true)][ValidatePattern('^[^\x00-\x1f]+$')][string]$Template,
    [ValidatePattern('^[^\x00-\x1f]+$')][string]$SignatureTemplate,
    [ValidatePattern('^[^\x00-\x1f]+$')][string]$EncryptionTemplate,
    [ValidatePattern('^[A-Za-z0-9.-]+$')][string]$HostName,
    [System.Management.Automation.PSCredential]$ServiceAccountCredential
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# --- what is wanted --------------------------------------------------------------------------------------------------

# What NDES and Microsoft's guide for its connector list.
$WantedFeatures = @(
    'ADCS-Device-Enrollment', 'Web-Server', 'Web-Filtering', 'Web-Net-Ext', 'Web-Net-Ext45', 'Web-Asp-Net', 'Web-Asp-Net45',
    'Web-Metabase', 'Web-WMI', 'NET-Framework-45-Core', 'NET-HTTP-Activation', 'NET-WCF-HTTP-Activation45'
)
$WantedRights = @('SeInteractiveLogonRight', 'SeServiceLogonRight', 'SeBatchLogonRight')
$LongestUrl = 65534
$MscepKey = 'HKLM:\SOFTWARE\Microsoft\Cryptography\MSCEP'
$HttpKey = 'HKLM:\SYSTEM\CurrentControlSet\Services\HTTP\Parameters'

# --- rules that need no Windows Server -------------------------------------------------------------------------------

function Get-WantedTemplates {
    <# The registry's values of NDES, by name. #>
    param([string]$All, [string]$Signature, [string]$Encryption)
    $orAll = { param($Given) if ($Given) { $Given } else { $All } }
    [ordered]@{
        SignatureTemplate      = & $orAll $Signature
        EncryptionTemplate     = & $orAll $Encryption
        GeneralPurposeTemplate = $All
    }
}

function Get-MissingNames {
    <# Those of Wanted that are not in Present, in Wanted's order. #>
    param([string[]]$Wanted, [string[]]$Present)
    @($Wanted | Where-Object { $Present -notcontains $_ })
}

function Add-AccountToRight {
    <# The lines of a security template in which the account (as *SID) holds the right as well. #>
    param([string[]]$Lines, [string]$Right, [string]$Sid)
    $entry = "*$Sid"
    $found = $false
    $result = foreach ($line in $Lines) {
        if ($line -match "^$Right\s*=\s*(.*)$") {
            $found = $true
            $holders = @($Matches[1].Split(',') | ForEach-Object { $_.Trim() } | Where-Object { $_ })
            if ($holders -contains $entry) { $line } else { "$Right = " + (($holders + $entry) -join ',') }
        }
        else { $line }
    }
    if ($found) { return @($result) }
    foreach ($line in $result) {
        $line
        if ($line -eq '[Privilege Rights]') { "$Right = $entry" }
    }
}

function Test-RightHeld {
    <# Whether the account (as *SID) stands at the right in the lines of a security template. #>
    param([string[]]$Lines, [string]$Right, [string]$Sid)
    $line = $Lines | Where-Object { $_ -match "^$Right\s*=" } | Select-Object -First 1
    if (-not $line) { return $false }
    return @($line.Split('=')[1].Split(',') | ForEach-Object { $_.Trim() }) -contains "*$Sid"
}

# --- the steps -------------------------------------------------------------------------------------------------------

$Report = New-Object System.Collections.Generic.List[object]
$RestartIsDue = $false

function Add-Result {
    param([string]$Step, [string]$State, [string]$Detail)
    $Report.Add([pscustomobject]@{ Step = $Step; State = $State; Detail = $Detail })
}

function Invoke-Step {
    <# Look answers what differs, empty for nothing; Change mends it. Answers whether something was changed. #>
    param([string]$Step, [scriptblock]$Look, [scriptblock]$Change)
    try {
        $differs = & $Look
        if (-not $differs) {
            Add-Result $Step 'as wanted' ''
            return $false
        }
        if (-not $PSCmdlet.ShouldProcess($differs, $Step)) {
            Add-Result $Step 'would change' $differs
            return $false
        }
        & $Change | Out-Null
        Add-Result $Step 'changed' $differs
        return $true
    }
    catch {
        Add-Result $Step 'FAILED' $_.Exception.Message
        return $false
    }
}

function Assert-Server {
    $identity = [Security.Principal.WindowsPrincipal][Security.Principal.WindowsIdentity]::GetCurrent()
    if (-not $identity.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
        throw 'Run this in a PowerShell that was opened with "Run as administrator".'
    }
    if (-not [Environment]::Is64BitProcess) { throw 'Run this in the 64-bit PowerShell.' }
    $system = Get-CimInstance -ClassName Win32_OperatingSystem
    if ($system.ProductType -eq 1) { throw 'NDES wants a Windows Server.' }
    if ($system.ProductType -eq 2) { throw 'This server is a domain controller. Put NDES on another one.' }
    if (Get-Service -Name CertSvc -ErrorAction SilentlyContinue) {
        throw 'This server has the CA (CertSvc). Put NDES on another one.'
    }
}

function Get-Sid {
    param([string]$Account)
    (New-Object Security.Principal.NTAccount $Account).Translate([Security.Principal.SecurityIdentifier]).Value
}

function Get-SecurityLines {
    $file = [IO.Path]::GetTempFileName()
    try {
        & "$env:SystemRoot\System32\secedit.exe" /export /areas USER_RIGHTS /cfg $file /quiet
        if ($LASTEXITCODE -ne 0) { throw "secedit /export ended with $LASTEXITCODE" }
        return @(Get-Content -LiteralPath $file)
    }
    finally { Remove-Item -LiteralPath $file -ErrorAction SilentlyContinue }
}

function Set-SecurityLines {
    param([string[]]$Lines)
    $file = [IO.Path]::GetTempFileName()
    $database = "$file.sdb"
    try {
        Set-Content -LiteralPath $file -Value $Lines -Encoding Unicode
        & "$env:SystemRoot\System32\secedit.exe" /configure /areas USER_RIGHTS /db $database /cfg $file /quiet
        if ($LASTEXITCODE -ne 0) { throw "secedit /configure ended with $LASTEXITCODE" }
    }
    finally { Remove-Item -LiteralPath $file, $database -ErrorAction SilentlyContinue }
}

function Get-RegistryValue {
    param([string]$Key, [string]$Name)
    $item = Get-ItemProperty -LiteralPath $Key -Name $Name -ErrorAction SilentlyContinue
    if ($item) { $item.$Name } else { $null }
}

function Install-Features {
    Invoke-Step 'Windows features' {
        $present = @(Get-WindowsFeature | Where-Object { $_.Installed } | ForEach-Object { $_.Name })
        (Get-MissingNames $WantedFeatures $present) -join ', '
    } {
        $done = Install-WindowsFeature -Name $WantedFeatures
        if (-not $done.Success) { throw 'Install-WindowsFeature did not succeed.' }
        if ($done.RestartNeeded -ne 'No') { Set-Variable -Name RestartIsDue -Value $true -Scope Script }
    }
}

function Add-ToIisUsers {
    Invoke-Step 'group IIS_IUSRS' {
        $members = @(Get-LocalGroupMember -Group IIS_IUSRS | ForEach-Object { $_.SID.Value })
        if ($members -notcontains (Get-Sid $ServiceAccount)) { $ServiceAccount }
    } { Add-LocalGroupMember -Group IIS_IUSRS -Member $ServiceAccount }
}

function Set-Rights {
    foreach ($right in $WantedRights) {
        $granted = Invoke-Step "right $right" {
            if (-not (Test-RightHeld (Get-SecurityLines) $right (Get-Sid $ServiceAccount))) { $ServiceAccount }
        } { Set-SecurityLines (Add-AccountToRight (Get-SecurityLines) $right (Get-Sid $ServiceAccount)) }
        if ($granted) { Set-Variable -Name RestartIsDue -Value $true -Scope Script }
    }
}

function Install-Ndes {
    Invoke-Step 'NDES' {
        if (-not (Get-RegistryValue "$MscepKey\CAInfo" 'Configuration')) { "$ServiceAccount at $CAConfig" }
    } {
        if (-not $ServiceAccountCredential) { throw 'NDES is not installed: give -ServiceAccountCredential.' }
        $strong = 'Microsoft Strong Cryptographic Provider'
        Install-AdcsNetworkDeviceEnrollmentService -Force -CAConfig $CAConfig `
            -ServiceAccountName $ServiceAccount -ServiceAccountPassword $ServiceAccountCredential.Password `
            -SigningProviderName $strong -EncryptionProviderName $strong
    }
}

function Set-Templates {
    $wanted = Get-WantedTemplates $Template $SignatureTemplate $EncryptionTemplate
    foreach ($name in $wanted.Keys) {
        Invoke-Step "template $name" {
            $now = Get-RegistryValue $MscepKey $name
            if ($now -ne $wanted[$name]) { "$now -> $($wanted[$name])" }
        } { Set-ItemProperty -LiteralPath $MscepKey -Name $name -Value $wanted[$name] -Type String } | Out-Null
    }
}

function Set-HttpLimits {
    foreach ($name in 'MaxFieldLength', 'MaxRequestBytes') {
        $changed = Invoke-Step "HTTP.sys $name" {
            $now = Get-RegistryValue $HttpKey $name
            if ($now -ne $LongestUrl) { "$now -> $LongestUrl" }
        } { Set-ItemProperty -LiteralPath $HttpKey -Name $name -Value $LongestUrl -Type DWord }
        if ($changed) { Set-Variable -Name RestartIsDue -Value $true -Scope Script }
    }
}

function Set-IisLimits {
    $filter = 'system.webServer/security/requestFiltering/requestLimits'
    foreach ($name in 'maxUrl', 'maxQueryString') {
        Invoke-Step "IIS $name" {
            Import-Module WebAdministration
            $now = (Get-WebConfigurationProperty -PSPath 'MACHINE/WEBROOT/APPHOST' -Filter $filter -Name $name).Value
            if ($now -ne $LongestUrl) { "$now -> $LongestUrl" }
        } {
            Set-WebConfigurationProperty -PSPath 'MACHINE/WEBROOT/APPHOST' -Filter $filter -Name $name -Value $LongestUrl
        } | Out-Null
    }
}

function Set-Spn {
    if (-not $HostName) { return }
    Invoke-Step "SPN HTTP/$HostName" {
        $listed = & "$env:SystemRoot\System32\setspn.exe" -L $ServiceAccount
        if (-not ($listed -match "^\s*HTTP/$([regex]::Escape($HostName))\s*$")) { "HTTP/$HostName for $ServiceAccount" }
    } {
        # -S looks for another account with this name first.
        & "$env:SystemRoot\System32\setspn.exe" -S "HTTP/$HostName" $ServiceAccount
        if ($LASTEXITCODE -ne 0) { throw "setspn ended with $LASTEXITCODE; it wants the rights of a domain administrator" }
    }
}

# --- all of it -------------------------------------------------------------------------------------------------------

Assert-Server
Install-Features | Out-Null
Add-ToIisUsers | Out-Null
Set-Rights
Install-Ndes | Out-Null
Set-Templates
Set-HttpLimits
Set-IisLimits
Set-Spn | Out-Null

$Report
if ($RestartIsDue) { Write-Warning 'Restart the computer: iisreset does not suffice for what has changed.' }
if ($Report | Where-Object { $_.State -eq 'FAILED' }) {
    Write-Warning 'Mend what the table calls FAILED, and run this again: it repeats no step that is done.'
    exit 1
}
