// The workbook: runs, decisions, reasons and margins. Its JSON is written by tools/workbook.py.

@description('What makes the names of this installation unique.')
param token string

@description('The region.')
param location string

@description('Tags of every resource.')
param tags object

@description('The workspace with the app\'s logs.')
param workspaceId string

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(workspaceId, 'patchgate-${token}')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Patchgate: runs and decisions'
    category: 'workbook'
    sourceId: workspaceId
    serializedData: loadTextContent('../workbook.json')
  }
}
